/** The workspace's timers: none keeps the process alive, and all are gone at once when it closes. */
export const createTimers = (): Timers => {
  const running = new Set<NodeJS.Timeout>()
  let isOver = false
  return {
    after: (ms, run) => {
      if (isOver) return () => {}
      const timer = setTimeout(() => {
        running.delete(timer)
        run()
      }, ms)
      timer.unref()
      running.add(timer)
      return () => {
        running.delete(timer)
        clearTimeout(timer)
      }
    },
    stop: () => {
      isOver = true
      for (const timer of running) clearTimeout(timer)
      running.clear()
    },
  }
}

export type Timers = {
  /** Runs once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void
  /** Cancels all, and whatever is asked for later. */
  stop(): void
}
