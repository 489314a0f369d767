import { actionContract } from '../../contracts/action.ts'
import { checkout } from '../stage.ts'

actionContract({ kind: 'restart_workload', objects: checkout, params: { kind: 'Deployment', namespace: 'shop', name: 'checkout' } })
