import { refuse } from './answer.ts'

/** A body as JSON with its size, or the refusal that its sender is to be given. `value` is undefined when there is no body. */
export type Body =
  | { readonly read: true; readonly value: unknown; readonly bytes: number }
  | { readonly read: false; readonly refusal: Response }

/** Counts while it reads and before it parses, so that a sender without a Content-Length cannot fill the memory either. */
export const readBody = async (request: Request, maxBytes: number): Promise<Body> => {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > maxBytes) return tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) return tooLarge(maxBytes)
      chunks.push(chunk)
    }
  } catch {
    return { read: false, refusal: refuse(400, 'incomplete_body', 'The body ended before it was complete.') }
  }
  return bytes === 0 ? { read: true, value: undefined, bytes } : parse(Buffer.concat(chunks).toString('utf8'), bytes)
}

const parse = (text: string, bytes: number): Body => {
  try {
    return { read: true, value: JSON.parse(text), bytes }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { read: false, refusal: refuse(400, 'invalid_json', `The body is not valid JSON: ${why}`) }
  }
}

const tooLarge = (maxBytes: number): Body => {
  const mb = Math.round(maxBytes / 1024 / 1024)
  return {
    read: false,
    // What is still on its way is drained for half a second, then the connection goes.
    refusal: refuse(413, 'body_too_large', `The body is larger than ${mb} MB (VIGIL_HTTP_MAX_BODY_MB); send it in parts.`, {
      connection: 'close',
    }),
  }
}
