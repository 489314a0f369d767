import { InputError } from '../../errors.ts'
import { alertBody, faultsOf, toAlert } from './alertmanager.ts'
import type { Source } from './source.ts'

/** A single alert object, for scripts and other systems: `{"labels": {"alertname": …}, "annotations": …}`. */
export const bare: Source = {
  id: 'bare',
  parse: (body) => {
    const parsed = alertBody.safeParse(body)
    if (!parsed.success) {
      throw new InputError('Neither an Alertmanager webhook ("alerts") nor a bare alert ("labels")', faultsOf(parsed.error))
    }
    return [{ ...toAlert(parsed.data), source: 'bare' }]
  },
}
