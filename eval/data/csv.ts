/** The rows of a CSV file with a head, as RFC 4180 has it: fields in quotes may hold commas, line breaks and doubled quotes. */
export const csvRecords = (text: string): Readonly<Record<string, string>>[] => {
  const [head = [], ...rows] = csvRows(text)
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])))
}

/** The rows of a CSV file, the head among them; empty lines are left out. */
export const csvRows = (text: string): string[][] => {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    const { field, next } = text[at] === '"' ? quoted(text, at + 1) : plain(text, at)
    row.push(field)
    at = next
    if (text[at] === ',') {
      at++
      if (at < text.length) continue
      row.push('')
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  return rows
}

type Field = { readonly field: string; readonly next: number }

const END = /[,\r\n]/g

const plain = (text: string, from: number): Field => {
  END.lastIndex = from
  const next = END.exec(text)?.index ?? text.length
  return { field: text.slice(from, next), next }
}

const quoted = (text: string, from: number): Field => {
  let field = ''
  let at = from
  for (;;) {
    const end = text.indexOf('"', at)
    if (end < 0) return { field: field + text.slice(at), next: text.length }
    field += text.slice(at, end)
    if (text[end + 1] !== '"') return { field, next: end + 1 }
    field += '"'
    at = end + 2
  }
}
