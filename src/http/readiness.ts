/** What must be in order for this process to be sent work. */
type Part = 'database' | 'slack' | 'starting' | 'draining'

export type Readiness = {
  /** Says what is wrong with a part, or null when nothing is. */
  set(part: Part, fault: string | null): void
  /** Empty when ready; each names its part and what is wrong. */
  faults(): string[]
}

/** Not ready until the one who starts the process says so: `set('starting', null)`. */
export const createReadiness = (): Readiness => {
  const found = new Map<Part, string>([['starting', 'not everything runs yet']])
  return {
    set: (part, fault) => {
      if (fault === null) found.delete(part)
      else found.set(part, fault)
    },
    faults: () => [...found].map(([part, fault]) => `${part}: ${fault}`),
  }
}
