import { setTimeout as sleep } from 'node:timers/promises'

/** Preloaded into both sides: tells the resident memory when asked, after what is garbage is gone. */
process.on('message', async (message) => {
  if (message !== 'memory') return
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(50)
  }
  process.send?.(process.memoryUsage.rss())
})
// The channel must not keep a process alive that has nothing else to do.
process.channel?.unref()
