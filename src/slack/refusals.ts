/** To whoever pressed or wrote: what was changed, and why. */
export const GONE = 'Nothing was changed: I do not know this incident any more.'

export const OVER = 'Nothing was changed: it is over. If it fires again I look at once.'
