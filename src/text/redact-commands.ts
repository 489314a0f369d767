import { type Field, isPlaceholder, type Named, replaceAfter, type Withhold } from './redact-value.ts'

/** Passwords that programs take by position or by a short flag, as shells, histories, process lists and protocols show them. */
export const redactCommands = (text: string, withhold: Withhold): string =>
  CUES.test(text) ? COMMANDS.reduce((rest, field) => replaceAfter(rest, field, withhold), inserted(text, withhold)) : text

// A word of each pattern below, for a first look: most texts hold none, and then one pass is enough.
const CUES = new RegExp(
  [
    '\\b(?:sshpass|mysql\\w{0,6}|curl|https?|redis-cli|requirepass|masterauth|identified|docker|podman|nerdctl|buildah|skopeo|helm|oras|crane|az|oc|cf|npm|twine)[ ]',
    '\\b(?:sqlcmd|bcp|osql|sqlplus|ldap\\w{3,8}|zip|unzip|7z|rar|net|htpasswd|useradd|usermod|snmp\\w{2,10}|influx|vault|wg|nomad|consul)[ ]',
    '\\b(?:echo|passin|passout|storepass|keypass|ConvertTo-SecureString|rabbitmqctl|ACL|bundle|login|AUTH|PASS|HELLO|variable)["\']?[ ]',
    '-pass(?:in|out)?[ ]|--password-command|\\bdb\\.auth|:(?:54\\d\\d|6432|\\*):|\\bAC[0-9a-f]{32}|(?:define|env|config)\\(|\\binsert\\s',
  ].join('|'),
  'i',
)

const isArgument = ({ value }: Named): boolean => !isPlaceholder(value) && !/^-/.test(value)

/** No sentence: "AUTH required", "PASS test/x.test.ts". */
const isWordOfProtocol = ({ value }: Named): boolean =>
  !isPlaceholder(value) && !/[/]|\.\w{1,4}$|^\(|:$/.test(value) && (/\d/.test(value) || !/^[a-z]{1,12}$/i.test(value))

const isSpiced = ({ value }: Named): boolean => !isPlaceholder(value) && value.length >= 6 && /\d|[^\w-]/.test(value)

// What may stand between a program and its flag: the rest of the one command.
const BETWEEN = '[^\\n|;]{0,200}?(?<=[ ])'
const SHORT = '[ =]{0,2}'

const command = (source: string, accept: Field['accept'] = isArgument): Field => ({
  pattern: new RegExp(source, 'gim'),
  accept,
  kind: 'password',
})

const COMMANDS: readonly Field[] = [
  command('\\bsshpass[ ]{1,4}-p[ ]?'),
  command(`\\bmysql(?:dump|admin|import)?[ ]${BETWEEN}-p(?=[^\\s-])`),
  command('\\bcurl[ ][^\\n|;]{0,300}?(?<=[ ])(?:-u[ ]?|--user[ =])["\']?[^\\s:"\']{1,64}:'),
  command('\\bhttps?[ ][^\\n|;]{0,100}?(?<=[ ])(?:-a|--auth)[ =]["\']?[^\\s:"\']{1,64}:'),
  command(`\\bredis-cli[ ]${BETWEEN}(?:-a|--pass)[ ]`),
  command('\\blogin[ ]\\S{1,64}\\s{1,8}password[ ]{1,4}'),
  command('\\b(?:requirepass|masterauth)[ ]{1,4}'),
  command('\\bidentified[ ](?:with[ ]\\S{1,40}[ ])?by[ ](?:password[ ])?(?=["\'])'),
  command(
    `\\b(?:docker|podman|nerdctl|buildah|skopeo|helm|oras|crane|az|oc|cf|npm|twine)[ ](?:[\\w-]{1,20}[ ]){0,2}(?:login|upload)\\b${BETWEEN}-p${SHORT}(?=[^\\s-])`,
  ),
  command(
    '\\becho[ ]{1,2}(?:-n[ ])?(?=[^\\n|]{1,200}\\|[ ]{0,2}(?:docker|podman|helm|sudo|passwd|cryptsetup|gpg|openssl)\\b[^\\n|]{0,100}(?:-stdin|-S\\b|passphrase-fd|passwd|-d))',
    isSpiced,
  ),
  command('\\becho[ ]{1,2}["\']?[\\w.-]{1,32}:(?=[^\\n|]{1,200}\\|[ ]{0,2}chpasswd)'),
  command(`\\b(?:sqlcmd|bcp|osql)[ ]${BETWEEN}-P${SHORT}(?=[^\\s-])`),
  command('\\bsqlplus[ ](?:-\\w[ ])?[\\w$]{1,64}/(?=[^\\s@]{1,128}@)'),
  command(`\\bldap\\w{3,8}[ ]${BETWEEN}-w${SHORT}(?=[^\\s-])`),
  command(`\\b(?:zip|unzip|7z|rar)[ ]${BETWEEN}-[pP]${SHORT}(?=[^\\s-])`),
  command('\\bnet[ ]use[ ]\\S{1,100}[ ](?=\\S{1,100}[ ]/user)'),
  command('\\bnet[ ]user[ ][\\w.\\\\-]{1,64}[ ](?=[^\\s/])'),
  command('\\bhtpasswd[ ]-[a-z]{0,4}b[a-z]{0,4}[ ](?:\\S{1,200}[ ])?[\\w.@-]{1,64}[ ](?=\\S)'),
  command(`\\b(?:useradd|usermod)[ ]${BETWEEN}(?:-p|--password)${SHORT}(?=[^\\s-])`),
  command(`\\bsnmp\\w{2,10}[ ]${BETWEEN}-c${SHORT}(?=[^\\s-])`),
  command(`\\b(?:influx|vault|wg|nomad|consul)[ ]${BETWEEN}-t${SHORT}(?=[^\\s-])`),
  command('--password-command[ =]["\']?echo[ ]'),
  command('\\bpassin[ ]pass:|\\bpassout[ ]pass:|\\s-pass(?:in|out)?[ ]pass:'),
  command('\\b(?:storepass|keypass)[ ]'),
  command('\\bConvertTo-SecureString[ ](?:-String[ ])?(?=["\'])'),
  command('\\brabbitmqctl[ ](?:add_user|change_password|authenticate_user)[ ]\\S{1,64}[ ]'),
  command('\\bACL[ ]SETUSER[ ][^\\n]{0,100}?[ ]>'),
  command('\\bdb\\.auth\\(["\'][^"\'\\n]{1,64}["\'],[ ]?'),
  command('\\bbundle[ ]config[ ](?:set[ ])?(?:--\\w+[ ])?\\S{1,100}[ ][\\w.-]{1,64}:'),
  command('\\b(?:login|auth)[ ]["\']?[\\w.+-]{1,64}(?:@[\\w.-]{1,100})?["\']?[ ](?=["\']?\\S{6})', isWordOfProtocol),
  command('(?:^|[\\]>"\'][ ]?)(?:AUTH|PASS)["\']?[ ](?=["\']?\\S)', isWordOfProtocol),
  command('["\'](?:AUTH|HELLO)["\'][ ]["\'][\\w.-]{1,64}["\'][ ](?=["\'])'),
  command('\\bAUTH[ ](?:PLAIN|LOGIN|XOAUTH2)[ ](?=[A-Za-z0-9+/]{8,}={0,2}(?![\\w-]))', isWordOfProtocol),
  // host:port:database:user:password of .pgpass.
  command('(?:^|\\s)[\\w.*-]{1,100}:(?:54\\d\\d|6432|\\*):[\\w*-]{1,64}:[\\w.-]{1,64}:(?=\\S)'),
  command('\\bvariable[ ]"[^"\\n]{0,60}(?:password|secret|token|api_key)[^"\\n]{0,20}"[ ]?\\{[^}]{0,300}?\\bdefault[ ]{0,20}=[ ]?(?=")'),
  // Twilio's and others' SDKs take the account and its secret side by side.
  command('\\bAC[0-9a-f]{32}["\']?[ ]?[,:][ ]?(?=["\']?[0-9a-f]{32})'),
  command('\\b(?:define|env|getenv|setenv|config)\\(["\'][^"\'\\n]{0,60}(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY)["\'],[ ]?(?=["\'])'),
]

const INSERT = /\b(insert\s{1,4}into\s{1,4}[\w."`]{1,80}\s{0,4}\()([^()\n]{1,1000})(\)\s{0,4}values\s{0,4}\()/gi
const TELLING_COLUMN = /pass(?:word|wd|code)?$|secret|token$|api_?key|^otp|^pin$/i

/** `insert into users (name, password) values ('ana', 'x')`: the value's place says what it is. Quoted values of the first row. */
const inserted = (text: string, withhold: Withhold): string => {
  let done = ''
  let from = 0
  for (const match of text.matchAll(INSERT)) {
    if (match.index < from) continue
    const columns = (match[2] ?? '').split(',').map((column) => column.replace(/["'`\s]/g, ''))
    if (!columns.some((column) => TELLING_COLUMN.test(column))) continue
    VALUE.lastIndex = match.index + match[0].length
    done += text.slice(from, VALUE.lastIndex)
    from = VALUE.lastIndex
    for (const column of columns) {
      const [whole = '', before = '', value = ''] = VALUE.exec(text) ?? []
      if (whole === '') break
      const isSecret = TELLING_COLUMN.test(column) && value.length > 2 && !isPlaceholder(value.slice(1, -1)) && /^['"]/.test(value)
      done += isSecret ? `${before}${value[0]}${withhold('password', value.slice(1, -1))}${value[0]}` : whole
      from += whole.length
    }
  }
  return done + text.slice(from)
}

const VALUE = /([\s,]{0,8})('(?:[^'\\\n]|\\.|''){0,2000}'|"(?:[^"\\\n]|\\.){0,2000}"|[^\s,()'"]{1,200}(?:\([^()\n]{0,100}\))?)/y
