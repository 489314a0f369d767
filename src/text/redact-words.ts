/** The words and signs behind which a secret stands, as sources of patterns. Every repetition is bounded, so that they stay linear. */

const { raw } = String

const SEP = '[_ .-]?'

/** Names whose value is a secret however weak it looks. */
export const NAME = [
  raw`pass(?:word|wd|phrase|code|wrd)|(?<![a-z])(?:store|key|trust|become_)?pass|(?<![a-z])(?:pwd?|bindpw|rootpw|olcrootpw|authkey)|passwort`,
  `secret(?:${SEP}access)?(?:${SEP}key)?(?:${SEP}base)?(?:${SEP}id)?|token`,
  `(?:api|access|private|client|auth|account|master|encryption|signing|licen[sc]e|(?:pre)?shared|consumer|subscription|ssh|hmac|jwt|admin|sdk|routing|integration|service|unseal)${SEP}key`,
  `credentials?|connection${SEP}string|conn${SEP}str|shared${SEP}access${SEP}signature|client-key-data|client_assertion`,
  'x-[a-z-]{1,40}-(?:key|team)|x-amz-signature|x-goog-signature|requirepass|masterauth|(?<![a-z])otp|(?<![a-z])pepper(?![a-z])|(?<![a-z])salt(?![a-z])',
  // The word in other languages; behind it stands what stands behind "password".
  'kennwort|mot[_ ]de[_ ]passe|contrase(?:ñ|n)a|clave_secreta|(?<![a-z])senha|wachtwoord|lösenord|has[łl]o|пароль|密码|密碼|口令|パスワード|비밀번호|şifre|salasana|parola(?![a-z])',
].join('|')

export const ENDING =
  '(?:[_-]?(?:value|hash|prod|production|staging|stage|dev|test|old|new|current|previous|main|primary|secondary|backup|ro|rw|b64|base64|enc|plain|confirm|confirmation|again|repeat|\\d{1,3}))?'

/** Quotes of JSON at any depth, of code, of HTML. */
export const QUOTE = raw`(?:\\{0,7}["'${'`'}]|&quot;|&#3[49];)?`

/**
 * In this order: YAML block, name and value apart (Kubernetes env, XML attributes), tuple, Dockerfile, protobuf text, call or constructor with a quoted
 * value, plain sign, XML element, prose.
 */
export const SIGN = [
  raw`${QUOTE}:[ \t]{0,4}[|>][+-]?\n[ \t]{1,40}`,
  raw`${QUOTE}[\s,]{0,60}\\{0,7}["']?value${QUOTE}[ \t]{0,4}[:=][ \t]{0,4}`,
  raw`\\{0,7}["'],[ ]?(?=\\{0,7}["'])`,
  raw`(?<=^[ \t]{0,8}(?:ENV|ARG)[ ][A-Z0-9_]{1,60})[ ]{1,4}`,
  raw`[ ]{0,2}\{[ \n]{0,8}value:[ ]{0,2}`,
  raw`\((?=\\{0,7}["'])`,
  raw`\]?${QUOTE}[ \t]{0,4}(?:=>|:=|==?|->|:)[ \t]{0,4}`,
  raw`(?:[ ][^<>\n]{0,100})?>(?=[^<\n])`,
  raw`[ ](?=["'][^"'\n]{3,100}["'])`,
  raw`[ ](?:is|was|provided|ending with|(?:changed|reset|set) to)[: ][ ]?`,
].join('|')

/** Codes that open something for minutes, or belong to a card: digits behind a name that says so. */
export const CODE_NAME = [
  raw`(?<![a-z])(?:mfa|totp|2fa|otp|sms|verification|security|one[ _-]?time|login|sign-?in|auth(?:entication)?|access|confirmation|recovery|backup)[ _-]?(?:code|pass(?:word|code)|pin)`,
  raw`(?<![a-z])(?:code_?2fa|cvv2?|cvc2?|cv2|card_?pin|pin(?:_?code)?)(?![a-z])`,
].join('|')

/** What stands behind a name in a sentence about it, and is no secret. */
export const PROSE = new Set(
  (
    'ok on off empty unset missing required optional invalid valid incorrect wrong expired expires failed failure changed updated reset removed deleted revoked rotated ' +
    'rejected accepted denied not is was has had are for of in the a an and or to from with by at must should cannot could can may might will unable unknown ' +
    'unauthorized unsupported redacted hidden masked omitted filtered password token secret key type length size count mismatch error authentication authorization auth ' +
    'bearer basic digest string bytes provided present absent set unavailable refresh refreshed validation verified verification generated created received issued ' +
    'acquired attempt attempts lookup loaded loading retrieved signature malformed bad does did contains already too please enter successfully success found user using this that'
  ).split(' '),
)
