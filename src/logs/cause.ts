/** Kinds of causes that an error's own words name plainly; the words are those of docs/categories.md. */
export type NamedCause = 'memory' | 'disk' | 'certificate' | 'dns' | 'database' | 'saturation' | 'network' | 'dependency'

/** What an error line says plainly of its cause; undefined where its words leave it open. The first that fits: the special before the general. */
export const namedCause = (text: string): NamedCause | undefined => CAUSES.find(({ words }) => words.test(text))?.cause

const CAUSES: readonly { readonly cause: NamedCause; readonly words: RegExp }[] = [
  { cause: 'memory', words: /out of memory|outofmemory|\boom(?:-?killed)?\b|cannot allocate memory|heap (?:space|limit|out)|\benomem\b/i },
  { cause: 'disk', words: /no space left|disk (?:is )?full|\benospc\b|disk quota exceeded|read-only file system|\berofs\b/i },
  {
    cause: 'certificate',
    words:
      /x509|certificate (?:has )?(?:expired|verify|is not|signed by)|cert_has_expired|unable to verify the first certificate|self.signed certificate|pkix path|sslhandshakeexception/i,
  },
  {
    cause: 'dns',
    words:
      /no such host|\benotfound\b|\beai_again\b|name or service not known|name resolution|unknownhostexception|could not resolve host|\bnxdomain\b|server misbehaving|getaddrinfo/i,
  },
  { cause: 'database', words: /deadlock|lock wait timeout|could not serialize access|lock timeout|replication (?:lag|slot)|read replica/i },
  {
    cause: 'saturation',
    words:
      /too many (?:connections|open files|clients|requests)|pool (?:is )?(?:exhausted|empty|full|timeout)|connection pool|no (?:more )?connections? available|queue (?:is )?full|rejectedexecution|resource exhausted|rate limit|quota exceeded|\bemfile\b|remaining connection slots|cannot get (?:a )?(?:jdbc )?connection/i,
  },
  {
    cause: 'network',
    words:
      /connection reset|\beconnreset\b|no route to host|\behostunreach\b|network is unreachable|\benetunreach\b|broken pipe|i\/o timeout|packet loss/i,
  },
  {
    cause: 'dependency',
    words:
      /connection refused|\beconnrefused\b|upstream|time(?:d)?[ -]?out|deadline exceeded|\betimedout\b|no (?:healthy|available) (?:upstream|instance|server)s?|no instances available|service unavailable|bad gateway|\b50[234]\b|circuit ?breaker/i,
  },
]
