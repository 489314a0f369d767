import { refuse } from './answer.ts'

/** A body as JSON with its size, or the refusal that its sender is to be given. `value` is undefined when there is no body. */
export type Body =
  | { readonly read: true; readonly value: unknown; readonly raw: Buffer; readonly bytes: number }
  | { readonly read: false; readonly refusal: Response }

export const readBody = async (request: Request, limit: Limit): Promise<Body> => {
  const body = await readRaw(request, limit)
  return !body.read || body.bytes === 0 ? body : parse(body.raw)
}

/** `ownLimit`: it is the route's, and no setting raises it. */
type Limit = { readonly maxBytes: number; readonly ownLimit: boolean }

/** The very bytes, not parsed. Counts while it reads, so that a sender without a Content-Length cannot fill the memory either. */
export const readRaw = async (request: Request, { maxBytes, ownLimit }: Limit): Promise<Body> => {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > maxBytes) return tooLarge(maxBytes, ownLimit)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) return tooLarge(maxBytes, ownLimit)
      chunks.push(chunk)
    }
  } catch {
    return { read: false, refusal: refuse(400, 'incomplete_body', 'The body ended before it was complete.') }
  }
  return { read: true, value: undefined, raw: Buffer.concat(chunks), bytes }
}

const parse = (raw: Buffer): Body => {
  try {
    return { read: true, value: JSON.parse(raw.toString('utf8')), raw, bytes: raw.length }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { read: false, refusal: refuse(400, 'invalid_json', `The body is not valid JSON: ${why}`) }
  }
}

const tooLarge = (maxBytes: number, ownLimit: boolean): Body => {
  const most = ownLimit ? `${Math.round(maxBytes / 1024)} KB` : `${Math.round(maxBytes / 1024 / 1024)} MB (VIGIL_HTTP_MAX_BODY_MB)`
  return {
    read: false,
    // What is still on its way is drained for half a second, then the connection goes.
    refusal: refuse(413, 'body_too_large', `The body is larger than ${most}; send ${ownLimit ? 'less' : 'it in parts'}.`, {
      connection: 'close',
    }),
  }
}
