import { alertmanager } from './alertmanager.ts'
import { apply } from './apply.ts'
import { argocd } from './argocd.ts'
import { command } from './command.ts'
import { github } from './github.ts'
import { http } from './http.ts'
import { job } from './job.ts'
import { kubernetes } from './kubernetes.ts'
import type { StepRunner } from './runner.ts'

/** The register of runners: one file, one line. */
const runners: readonly StepRunner[] = [kubernetes, apply, command, http, alertmanager, job, argocd, github]

export const runnerOf = (id: string): StepRunner | undefined => runners.find((one) => one.id === id)
