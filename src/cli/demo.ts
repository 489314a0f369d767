import { runDemo } from '../demo/run.ts'
import type { CommandInput, ExitStatus } from './command.ts'

/** The whole story on one machine. The only import of demo/ outside tests and bench. */
export const demo = (input: CommandInput): Promise<ExitStatus> => runDemo(input)
