/**
 * The input of a tool call from the JSON text that a model wrote. What is not a JSON object (cut by max_tokens, or plainly wrong)
 * becomes `{ __broken_json: text }`: it survives the transcript, providers take it back as an input, and the model can read in it
 * what it wrote. Whoever runs tools asks `brokenToolInput` first. No text at all means a call without arguments.
 */
export const parseToolInput = (json: string): unknown => {
  if (json.trim() === '') return {}
  try {
    const input: unknown = JSON.parse(json)
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input
  } catch {
    // Falls through: the text is the answer.
  }
  return { [MARK]: json }
}

/** The text of a tool call's input that was not a JSON object, or undefined when the input is one. */
export const brokenToolInput = (input: unknown): string | undefined => {
  if (typeof input !== 'object' || input === null || !(MARK in input)) return undefined
  const text = input[MARK]
  return typeof text === 'string' && Object.keys(input).length === 1 ? text : undefined
}

const MARK = '__broken_json'
