type Spent = { readonly tool_calls: number; readonly failed_calls: number }

/** "1 query", "12 queries". */
export const queries = ({ tool_calls: count }: Pick<Spent, 'tool_calls'>): string => `${count} ${count === 1 ? 'query' : 'queries'}`

/** "12 queries, 2 failed". */
export const queriesAndFailed = (spent: Spent): string =>
  `${queries(spent)}${spent.failed_calls === 0 ? '' : `, ${spent.failed_calls} failed`}`
