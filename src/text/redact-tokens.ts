/**
 * One kind of secret or personal datum. `pattern` is global and linear: it starts at a literal or behind a look-behind that allows one start a
 * word, and every repetition is bounded. Group 1, where there is one, is kept; the rest is the value. `accept` has the last word.
 */
export type Pattern = {
  readonly kind: string
  readonly pattern: RegExp
  readonly accept?: (value: string, kept: string) => boolean
  /** What every match holds, for patterns that would begin at every word: where it is missing, they are not tried. */
  readonly hint?: RegExp
}

const token = (kind: string, body: string): Pattern => ({ kind, pattern: new RegExp(`(?<![A-Za-z0-9])(?:${body})(?![A-Za-z0-9])`, 'g') })

/** Secrets that give themselves away by their form, wherever they stand. Forms from the issuers' own documentation. */
export const tokenPatterns: readonly Pattern[] = [
  // A block whose end was cut off (a line limit, an excerpt) ends where its base64 ends. Line breaks may be real or escaped, once or twice.
  {
    kind: 'private-key',
    pattern:
      /-----BEGIN(?: |%20|\+)(?:[A-Z0-9 +]|%20){0,40}PRIVATE(?: |%20|\+)KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=:,\s]|%(?:20|0[AD]|2[BF]|3D)|\\{1,4}[nr]|(?:Proc-Type|DEK-Info|Comment|Version)[^\n\\]{0,200}){0,20000}(?:-----END(?: |%20|\+)(?:[A-Z0-9 +]|%20){0,40}PRIVATE(?: |%20|\+)KEY(?: BLOCK)?-----)?/g,
  },
  { kind: 'private-key', pattern: /PuTTY-User-Key-File-\d:(?:(?!PuTTY-User)[\s\S]){1,8000}?Private-MAC: [0-9a-f]{40,64}/g },
  token('private-key', 'AGE-SECRET-KEY-1[0-9A-Z]{50,70}'),
  { kind: 'jwt', pattern: /(?<![A-Za-z0-9_-])eyJ[\w-]{8,8192}\.[\w-]{4,8192}(?:\.[\w-]{0,8192}){0,3}/g },
  token('aws-key', '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}'),
  token('aws-key', 'amzn\\.mws\\.[0-9a-f-]{36}|ABSK[A-Za-z0-9+/]{60,200}={0,2}'),
  token('gcp-key', 'AIza[\\w-]{35}|ya29\\.[\\w-]{20,2048}|GOCSPX-[\\w-]{24,40}|1//0[\\w-]{35,200}'),
  token('azure-key', '[\\w~.-]{3}\\dQ~[\\w~.-]{31,34}'),
  token('github-token', 'gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\\w{22,255}'),
  token('gitlab-token', 'gl(?:pat|dt|ptt|rt|cbt|soat|oas|ft|imt|agent|ffct)-[\\w.-]{18,300}|GR1348941[\\w-]{20}'),
  token('slack-token', 'xox[abdeoprs](?:\\.xox[bp])?-[\\w-]{8,255}|xapp-\\d-[\\w-]{8,255}|xwfp-[\\w-]{8,255}'),
  token('stripe-key', '(?:sk|rk|pk)_(?:live|test)_\\w{10,255}|whsec_[\\w+/=-]{20,100}'),
  token('anthropic-key', 'sk-ant-[\\w-]{16,255}'),
  token('openai-key', 'sk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9][\\w-]{19,255}'),
  token('api-key', '(?:xai-|gsk_|hf_|r8_|pplx-|nvapi-|csk-|fw_)[A-Za-z0-9_-]{20,200}'),
  token('package-token', 'npm_[A-Za-z0-9]{30,60}|pypi-[\\w-]{40,300}|rubygems_[0-9a-f]{48}|dckr_(?:pat|oat)_[\\w-]{20,60}|oy2[a-z0-9]{43}'),
  token(
    'cloud-token',
    'do[opr]_v1_[0-9a-f]{64}|dapi[0-9a-f]{32}(?:-\\d)?|LTAI[A-Za-z0-9]{12,30}|AKID[A-Za-z0-9]{32}|HRKU-[\\w-]{30,80}|pul-[0-9a-f]{40}',
  ),
  token('cloud-token', 'hv[sbr]\\.[\\w-]{20,300}|dp\\.(?:pt|st|ct|sa|scim|audit)\\.[\\w.-]{30,80}|nfp_[A-Za-z0-9]{30,60}'),
  { ...token('cloud-token', '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{50,90}'), hint: /\.atlasv1\./ },
  token('mail-key', '[0-9a-f]{32}(?:-us\\d{1,2}|-[0-9a-f]{8}-[0-9a-f]{8})'),
  { ...token('monitoring-key', '[0-9a-f]{36}NRAL'), hint: /NRAL/ },
  token('grafana-token', 'glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[\\w+/=-]{32,400}'),
  token('monitoring-key', 'NRAK-[A-Z0-9]{27}|NRJS-[0-9a-f]{19}|sntry[su]_[\\w+/=-]{30,400}|ph[cx]_[A-Za-z0-9]{30,60}'),
  token('mail-key', 'SG\\.[\\w-]{16,32}\\.[\\w-]{16,64}|key-[0-9a-z]{32}|xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}|SK[0-9a-f]{32}'),
  token(
    'shop-token',
    'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|sq0[a-z]{3}-[\\w-]{22,50}|access_token\\$(?:production|sandbox)\\$[0-9a-z]{16}\\$[0-9a-f]{32}',
  ),
  token(
    'app-token',
    'sq[upa]_[0-9a-f]{40}|sdk-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|sl\\.(?:u\\.)?[\\w-]{80,2000}|SWMTKN-1-[0-9a-z]{40,60}-[0-9a-z]{20,30}|AKCp[A-Za-z0-9]{60,80}|tskey-[a-z]{2,10}-[\\w-]{16,100}',
  ),
  token(
    'app-token',
    'lin_(?:api|oauth)_[A-Za-z0-9]{30,80}|figd_[\\w-]{30,80}|ntn_[A-Za-z0-9]{30,60}|pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}|secret_[A-Za-z0-9]{43}',
  ),
  token(
    'app-token',
    'ATATT3[\\w=-]{40,300}|ATBB[\\w=-]{24,60}|pscale_(?:tkn|oauth|pw)_[\\w.-]{30,80}|sb[ps]_[A-Za-z0-9_]{30,60}|CCIPAT_\\w{20,100}|bkua_[0-9a-f]{40}',
  ),
  { ...token('chat-token', '\\d{8,10}:AA[\\w-]{32,34}'), hint: /\d:AA/ },
  token('chat-token', '[MNO][A-Za-z\\d]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,40}'),
  {
    kind: 'password-hash',
    pattern:
      /\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|(?:1|5|6|y|7)\$[./=,A-Za-z0-9$]{20,200}|argon2(?:id|i|d)\$[\w=,+/$-]{20,300}|pbkdf2[\w-]{0,10}\$[\w=,+/.$-]{20,300}|apr1\$[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22})/g,
  },
  {
    kind: 'password-hash',
    pattern: /(?<![A-Za-z0-9])(?:pbkdf2[\w:-]{0,12}\$\d{1,8}\$|scrypt:[\d:]{3,20}\$|\{S?SHA(?:256|512)?\}|\{CRYPT\})[\w=,+/.$-]{20,300}/g,
  },
  {
    kind: 'webhook',
    pattern:
      /(https:\/\/(?:hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)|(?:\w+\.)?discord(?:app)?\.com\/api(?:\/v\d+)?\/webhooks|hooks\.zapier\.com\/hooks\/catch|chat\.googleapis\.com\/v1\/spaces|events\.pagerduty\.com\/(?:integration|generic)|maker\.ifttt\.com|hooks\.chime\.aws\/incomingwebhooks|open\.(?:feishu|larksuite)\.\w+\/open-apis\/bot|[\w-]+\.webhook\.office\.com|outlook\.office(?:365)?\.com\/webhook)\/)[^\s"'<>`]{4,1000}/g,
  },
  { kind: 'webhook', pattern: /(https:\/\/api\.telegram\.org\/bot)[^\s"'<>`/]{10,100}/g },
]
