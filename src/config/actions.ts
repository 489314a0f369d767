import { z } from 'zod'
import { entryFaults } from './entry-faults.ts'
import { approvers, key, list, text, url } from './key.ts'

/** What an entry may say of one parameter. For built-in kinds it narrows what the action allows; for own ones it is all there is. */
const param = z.strictObject({
  type: z.enum(['string', 'integer', 'number', 'boolean']).default('string'),
  pattern: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  values: z.array(z.union([z.string(), z.number()])).optional(),
})

/** "shop/checkout", "shop/*", "*", "worker-*" for what has no namespace. */
const target = z
  .string()
  .regex(/^(?:[a-z0-9*][a-z0-9*-]*\/)?[A-Za-z0-9*][A-Za-z0-9_.*-]*$/, 'must be <namespace>/<name> or <name>, "*" for any part')

/** One look that must be good after the deed, beside the alert's own expression; its other keys are the check's own (docs/checks.md). */
const check = z.looseObject({ kind: text })

/** One entry of the catalogue: a kind of action, what it may be done to, and by whom. */
const entryShape = z.strictObject({
  /** A built-in kind, or with `runner` the name of an own one. */
  kind: z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'must be small letters, digits and "_"'),
  /** Where one kind has several entries. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,59}$/, 'must be small letters, digits and "_"')
    .optional(),
  about: z.string().max(300).optional(),
  runner: z.enum(['command', 'http', 'job']).optional(),
  argv: list.optional(),
  /** What says beforehand whether it would go well; it changes nothing. */
  dry_run_argv: list.optional(),
  url: url.optional(),
  image: text.optional(),
  namespace: text.optional(),
  /** Names of variables of Vigil's own environment that the command is given. */
  env: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable')).optional(),
  /** The variable, or the absolute path of the file, that holds the secret calls are signed with. */
  secret: text.optional(),
  /** Whether a sandboxed command may reach the network; default no. */
  network: z.boolean().optional(),
  /** What a sandboxed command may read beside the system's programs; a socket among them may be talked to. */
  paths: z.array(z.string().regex(/^\/[^\0\n]*$/, 'must be an absolute path')).optional(),
  /** Whether the remediator answers GET <url>/<action id>. */
  probe: z.boolean().optional(),
  /** Whether the remediator may answer 202 and report the end later. */
  callback: z.boolean().optional(),
  /** Where a Job may connect to; nowhere else. */
  egress: z
    .array(
      z.strictObject({
        cidr: z.union([z.cidrv4(), z.cidrv6()], 'must be a range of addresses such as 10.0.0.0/24'),
        port: z.number().int().min(1).max(65535),
      }),
    )
    .optional(),
  /** Of apply_manifest: the folder with the desired manifests, read when a card is made. */
  manifests: text.optional(),
  /** Of apply_manifest: whether what is missing in the cluster may be made. */
  create: z.boolean().optional(),
  /** What an own action is done to, from its parameters: "{namespace}/{name}". */
  target: text.optional(),
  params: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,39}$/), param).default({}),
  targets: z.array(target).min(1, 'names what it may be done to, such as shop/*'),
  clusters: list.optional(),
  approvers: approvers.optional(),
  /** Raises the risk that code computes, never lowers it. */
  risk: z.enum(['LOW', 'MEDIUM', 'HIGH']).optional(),
  idempotent: z.boolean().optional(),
  automatic: z.boolean().default(false),
  timeout_seconds: z.number().int().min(1).max(300).optional(),
  verify: z.array(check).max(20).default([]),
  undo: text.optional(),
})

const actionEntry = entryShape.superRefine((entry, context) => {
  for (const { path, message } of entryFaults(entry)) context.addIssue({ code: 'custom', path: [...path], message })
})

export const actions = z
  .array(actionEntry)
  .default([])
  .describe('The catalogue: which actions may be proposed, for which targets, within which bounds, and who approves; empty: none')

export const browser = z.strictObject({
  endpoint: key(
    z.url({ protocol: /^(?:https?|wss?)$/, error: 'must be a URL that starts with http://, https://, ws:// or wss://' }).optional(),
    {
      variable: 'VIGIL_BROWSER_ENDPOINT',
      // Those of hosted browsers hold a token.
      secret: true,
      doc: 'A browser that checks may open pages with, by its DevTools protocol: `http://host:9222`, or the WebSocket that it listens at',
    },
  ),
})

export const remediation = z.strictObject({
  own_namespace: key(text.default('vigil'), {
    variable: 'VIGIL_REMEDIATION_OWN_NAMESPACE',
    doc: 'The namespace that Vigil itself runs in: like those of the cluster (kube-system and the like) nothing in it is ever changed',
  }),
  dry_run: key(z.boolean().default(false), {
    variable: 'VIGIL_REMEDIATION_DRY_RUN',
    doc: 'Cards, approvals and checks as always, but nothing is executed: the runners are asked what they would do',
  }),
  expires_minutes: key(z.number().int().min(1).max(120).default(15), {
    variable: 'VIGIL_REMEDIATION_EXPIRES_MINUTES',
    doc: 'How long a proposal may be approved',
  }),
  verify_seconds: key(z.number().int().min(1).max(7200).default(600), {
    variable: 'VIGIL_REMEDIATION_VERIFY_SECONDS',
    doc: "Longest time that an action's effect is watched; ends sooner when the alert's expression has been healthy for its `for`",
  }),
  remind_minutes: key(z.number().int().min(1).max(1440).default(60), {
    variable: 'VIGIL_REMEDIATION_REMIND_MINUTES',
    doc: 'How long after an action that pauses something (a rollout, a node, Flux, automatic sync) its thread is reminded that it still is; then once a day for a week',
  }),
  cooldown_seconds: key(z.number().int().min(0).max(86_400).default(600), {
    variable: 'VIGIL_REMEDIATION_COOLDOWN_SECONDS',
    doc: 'Least time between two actions on the same target; an undo does not wait',
  }),
  parallel: key(z.number().int().min(1).max(50).default(5), {
    variable: 'VIGIL_REMEDIATION_PARALLEL',
    doc: 'Actions that run at the same time, over all replicas',
  }),
  confidence: key(z.number().min(0).max(100).default(90), {
    variable: 'VIGIL_REMEDIATION_CONFIDENCE',
    doc: 'Confidence of the analysis above which an entry with `automatic: true` may run without a press',
  }),
  runbook_match: key(z.number().min(0).max(100).default(85), {
    variable: 'VIGIL_REMEDIATION_RUNBOOK_MATCH',
    doc: 'Match of the runbook above which an entry with `automatic: true` may run without a press',
  }),
})
