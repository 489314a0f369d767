import type { Clock } from '../context.ts'

/** Where one place tells something of the subject, as what was pushed does at once, no other is waited for longer than this. */
const PATIENCE_MS = 500

/** An answer, or `late` where it takes longer than half a second. */
export const atMost = async <T>(clock: Clock, asked: Promise<T>, late: Error): Promise<T | Error> => {
  const { promise, resolve } = Promise.withResolvers<Error>()
  const cancel = clock.after(PATIENCE_MS, () => resolve(late))
  try {
    return await Promise.race([asked, promise])
  } finally {
    cancel()
  }
}

/** All answers; `late` in the place of those that come half a second after the first that tells something, or later. */
export const untilTold = async <T>(
  clock: Clock,
  asked: readonly Promise<T | Error>[],
  { isTelling, late }: { isTelling: (answer: T) => boolean; late: Error },
): Promise<readonly (T | Error)[]> => {
  const { promise: told, resolve } = Promise.withResolvers<Error>()
  const cancels: (() => void)[] = []
  for (const one of asked)
    void one.then((answer) => {
      if (!(answer instanceof Error) && isTelling(answer)) cancels.push(clock.after(PATIENCE_MS, () => resolve(late)))
    })
  try {
    return await Promise.all(asked.map((one) => Promise.race([one, told])))
  } finally {
    for (const cancel of cancels) cancel()
  }
}
