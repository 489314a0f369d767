/** Why an image cannot be had, as the runtime's message says. */
export type ImageTrouble = {
  readonly why: 'rate-limit' | 'platform' | 'unreachable' | 'tag' | 'repository' | 'credentials' | 'name' | 'never' | 'unknown'
  readonly words: string
}

/** Reads the waiting reason and the messages of runtime and registry; the first pattern that fits, from the surest on. */
export const imageTrouble = (reason: string, messages: readonly string[]): ImageTrouble => {
  if (reason === 'InvalidImageName') return { why: 'name', words: 'its name cannot be parsed' }
  if (reason === 'ErrImageNeverPull') return { why: 'never', words: 'it is not on the node and its pull policy is Never' }
  const text = messages.join('\n')
  const found = PATTERNS.find(([pattern]) => pattern.test(text))
  if (found === undefined) return { why: 'unknown', words: 'the registry does not say why' }
  return { why: found[1], words: `${found[2]}${answerIn(text)}` }
}

/** The answer as the registry gave it: "429 Too Many Requests", "dial tcp 10.0.0.7:443: connect: connection refused". */
const answerIn = (text: string): string => {
  const [answer] = /\b[45]\d\d [A-Z][A-Za-z]+(?: [A-Z][a-z]+)*|dial tcp [^\n"]{1,80}|x509: [^\n"]{1,80}/.exec(text) ?? []
  return answer === undefined ? '' : ` (${answer})`
}

// A name that does not resolve is met while asking for a token: so unreachable comes before credentials. Docker Hub says the same for a missing
// repository and for one that needs a login.
const PATTERNS: readonly (readonly [RegExp, ImageTrouble['why'], string])[] = [
  [/toomanyrequests|too many requests|\b429\b|rate limit/i, 'rate-limit', 'the registry limits how often it may be pulled'],
  [/no match(?:ing manifest)? for (?:platform|linux)|no matching manifest/i, 'platform', "the image is not built for the node's platform"],
  [/no such host|server misbehaving|name resolution/i, 'unreachable', "the registry's name does not resolve"],
  [/x509|certificate|http: server gave HTTP response to HTTPS/i, 'unreachable', "the registry's TLS is refused"],
  [
    /dial tcp|i\/o timeout|connection refused|connection reset|no route to host|network is unreachable|TLS handshake|Client\.Timeout|deadline exceeded|\b50[0234]\b|unexpected EOF/i,
    'unreachable',
    'the registry cannot be reached',
  ],
  [/repository does not exist or may require|pull access denied/i, 'repository', 'the repository does not exist or needs credentials'],
  [/manifest unknown|manifest for .* not found|tag .*(?:not found|does not exist)/i, 'tag', 'the registry has no such tag'],
  [/name unknown|repository .*not found|NAME_UNKNOWN|project .*not found/i, 'repository', 'the registry has no such repository'],
  [
    /unauthorized|authentication required|authorization failed|no basic auth|insufficient_scope|\b40[13]\b|denied|forbidden|credentials/i,
    'credentials',
    'the registry refuses the credentials, or there are none',
  ],
  [/not found|does not exist|\b404\b/i, 'tag', 'the registry has no such image or tag'],
]
