/** The annotation by which a look tells which of Vigil's actions changed an object last. */
export const MARK = 'vigil.dev/action'

/** kubectl's own annotation: a whole second copy of the object, values of environment variables among it. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
