/** A function that makes its answer when it is first asked, and keeps it. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly answer: T } | undefined
  return () => {
    made ??= { answer: make() }
    return made.answer
  }
}
