/**
 * Every job with its payload. A job names what to look at, never what was decided: handlers are resumable and start where the
 * stored state says.
 */
export type Jobs = {
  /** Rules first: findings and the first reply. */
  brief: { incident: string }
  /** Ask again, with more time, the rules whose sources were too slow for the first reply. */
  amend: { incident: string }
  /** The model's tool loop. */
  investigate: { incident: string }
  /** Make cards of what the newest analysis proposes. */
  propose: { incident: string }
  /** Do what was approved. */
  execute: { action: string }
  /** Find out whether it helped. */
  verify: { action: string }
  /** A day after it helped: whether the problem came back. */
  settle: { action: string }
  /** See whether what an action switched off still is. */
  remind: { action: string }
  /** End a proposal that nobody approved in time. */
  expire: { action: string }
  /** Ask Alertmanager again what a Slack message speaks of. */
  confirm: { channel: string; ts: string }
  /** Draw what is not in Slack yet. */
  deliver: { incident: string }
  /** Ask the alert's own expression whether it is over. */
  recover: { incident: string }
  /** One message a channel for all that came while nobody could be told. */
  catch_up: { channel: string }
  /** See which heartbeats are silent; there is one of it. */
  heartbeats: { of: 'all' }
  /** Handle a stored Slack envelope. */
  inbox: { key: string }
}

/** A job for later waits here under a key of its own: in its own queue it would keep the same job from being sent at once. */
export type Wake = { name: JobName; data: Jobs[JobName] }

export type JobName = keyof Jobs

type JobTraits = {
  /** `stately`: one waiting and one active per key, so that nothing that happens during a run is lost; `standard`: each send runs. */
  policy: 'stately' | 'standard'
  concurrency: number
  retryLimit: number
  /** Longest run of one attempt, in seconds. */
  expireSeconds: number
}

/** Concurrency is per process; that of `investigate` comes from the configuration. */
export const jobTraits: Readonly<Record<JobName, JobTraits>> = {
  // Rules must answer within 3 s however many investigations run, so they have workers of their own.
  brief: { policy: 'stately', concurrency: 8, retryLimit: 3, expireSeconds: 60 },
  // Sources that hang would hold more workers than they are worth.
  amend: { policy: 'stately', concurrency: 2, retryLimit: 1, expireSeconds: 60 },
  investigate: { policy: 'stately', concurrency: 4, retryLimit: 3, expireSeconds: 900 },
  propose: { policy: 'stately', concurrency: 2, retryLimit: 3, expireSeconds: 60 },
  // The action's own limit ends it after 300 s at most; what is found still running is looked at, never simply run again.
  execute: { policy: 'stately', concurrency: 5, retryLimit: 5, expireSeconds: 420 },
  // An entry's checks alone may take a minute.
  verify: { policy: 'stately', concurrency: 4, retryLimit: 20, expireSeconds: 120 },
  settle: { policy: 'stately', concurrency: 1, retryLimit: 20, expireSeconds: 60 },
  confirm: { policy: 'stately', concurrency: 2, retryLimit: 3, expireSeconds: 60 },
  remind: { policy: 'stately', concurrency: 1, retryLimit: 3, expireSeconds: 60 },
  expire: { policy: 'stately', concurrency: 2, retryLimit: 20, expireSeconds: 60 },
  deliver: { policy: 'stately', concurrency: 8, retryLimit: 20, expireSeconds: 120 },
  recover: { policy: 'stately', concurrency: 4, retryLimit: 20, expireSeconds: 60 },
  catch_up: { policy: 'stately', concurrency: 1, retryLimit: 20, expireSeconds: 120 },
  heartbeats: { policy: 'stately', concurrency: 1, retryLimit: 20, expireSeconds: 60 },
  inbox: { policy: 'standard', concurrency: 4, retryLimit: 10, expireSeconds: 120 },
}

/** One incident is handled by one job of a kind at a time, so the key is all that the payload names: a message is its channel and its time. */
export const singletonKey = (data: Jobs[JobName]): string => Object.values(data).join(' ')
