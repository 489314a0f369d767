/** Who looks at the page, and the names that this person may see. */
export type Reader = {
  readonly id: string
  readonly userName: (id: string) => string | undefined
  readonly channelName: (id: string) => string | undefined
  readonly groupName: (id: string) => string | undefined
}
