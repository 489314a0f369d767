import type { CatalogueAction } from './action.ts'
import { applyManifest } from './apply-manifest.ts'
import { argocdAutoSync } from './argocd-auto-sync.ts'
import { argocdRollback } from './argocd-rollback.ts'
import { argocdSync } from './argocd-sync.ts'
import { cordonNode } from './cordon-node.ts'
import { deletePod } from './delete-pod.ts'
import { drainNode } from './drain-node.ts'
import { fluxResume } from './flux-resume.ts'
import { githubRevert } from './github-revert.ts'
import { pauseRollout } from './pause-rollout.ts'
import { restartWorkload } from './restart-workload.ts'
import { resumeRollout } from './resume-rollout.ts'
import { rollbackWorkload } from './rollback-workload.ts'
import { scaleWorkload } from './scale-workload.ts'
import { setImage } from './set-image.ts'
import { setResources } from './set-resources.ts'
import { silenceAlert } from './silence-alert.ts'
import { uncordonNode } from './uncordon-node.ts'

/** The register of built-in actions: one file, one line. */
export const actions: readonly CatalogueAction[] = [
  restartWorkload,
  rollbackWorkload,
  scaleWorkload,
  deletePod,
  setResources,
  setImage,
  pauseRollout,
  resumeRollout,
  cordonNode,
  uncordonNode,
  drainNode,
  silenceAlert,
  argocdSync,
  argocdRollback,
  argocdAutoSync,
  githubRevert,
  fluxResume,
  applyManifest,
]
