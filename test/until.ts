/** Asks again and again until there is an answer; after `seconds` it fails with what was waited for, and what `seen` tells of the moment. */
export const until = async <T>(
  what: string,
  find: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  { seconds = 15, seen }: { seconds?: number; seen?: () => unknown } = {},
): Promise<T> => {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await find()
    if (found !== undefined && found !== false && found !== null) return found
    if (performance.now() > end) {
      const moment = seen === undefined ? '' : `\n${JSON.stringify(await seen(), null, 1)}`
      throw new Error(`waited ${seconds} s in vain: ${what}${moment}`)
    }
    await pause(25)
  }
}

/** Holds for as long as it is watched: fails at the first moment at which it does not. */
export const stays = async (what: string, holds: () => boolean | Promise<boolean>, seconds: number): Promise<void> => {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    if (!(await holds())) throw new Error(`did not stay so for ${seconds} s: ${what}`)
    await pause(50)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
