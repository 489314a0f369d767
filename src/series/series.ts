/** Label names and values as Prometheus and Loki give them. */
export type Labels = Readonly<Record<string, string>>

/** One sample: seconds since the epoch (fractions allowed) and its value; NaN and infinities occur. */
export type Point = readonly [seconds: number, value: number]

/** One time series, its points in order of time. */
export type Series = { readonly labels: Labels; readonly points: readonly Point[] }
