import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { alertBody, toAlert } from './alertmanager.ts'
import type { Source } from './source.ts'

/** A single alert object, for scripts and other systems: `{"labels": {"alertname": …}, "annotations": …}`. */
export const bare: Source = {
  id: 'bare',
  parse: (body) => {
    const parsed = alertBody.extend({ labels: z.record(z.string(), z.string()) }).safeParse(body)
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
      throw new InputError('Neither an Alertmanager webhook ("alerts") nor a bare alert ("labels")', faults)
    }
    return [{ ...toAlert(parsed.data), source: 'bare' }]
  },
}
