/** Three words and a question's beginning or end: "thanks!" and "ok?" start no investigation. */
export const isQuestion = (text: string): boolean =>
  text.split(' ').length >= 3 &&
  (/\?\s*$/.test(text) || /^(why|what|whats|what's|where|when|how|is|are|does|do|did|has|have|can|could|which|who)\b/i.test(text))
