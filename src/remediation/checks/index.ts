import { browser } from './browser.ts'
import type { AnyCheck } from './check.ts'
import { command } from './command.ts'
import { http } from './http.ts'
import { promql } from './promql.ts'
import { ready } from './ready.ts'
import { tcp } from './tcp.ts'

/** The register of checks: one file, one line. */
export const checks: readonly AnyCheck[] = [promql, http, tcp, ready, command, browser]

export const checkOf = (kind: string): AnyCheck | undefined => checks.find((one) => one.kind === kind)
