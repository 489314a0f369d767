/** The annotation by which a look tells which of Vigil's actions changed an object last. */
export const MARK = 'vigil.dev/action'
