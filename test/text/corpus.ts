/** Texts for measuring the redactor, made from a seed. Every secret and person here is invented by the generator; none is stored in a file. */

export type Sample = { readonly text: string; readonly value: string; readonly about: string }

export type Dice = {
  number(below: number): number
  pick<T>(items: readonly T[]): T
  text(alphabet: string, length: number): string
}

export const createDice = (seed: number): Dice => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const number = (below: number): number => Math.floor(next() * below)
  return {
    number,
    pick: (items) => items[number(items.length)] as (typeof items)[number],
    text: (alphabet, length) => Array.from({ length }, () => alphabet[number(alphabet.length)]).join(''),
  }
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DIGIT = '0123456789'
const HEX = '0123456789abcdef'
const BASE62 = UPPER + LOWER + DIGIT
const BASE64 = `${BASE62}+/`
const URL64 = `${BASE62}-_`

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')

export const jwt = (dice: Dice): string =>
  `${base64url('{"alg":"RS256","typ":"JWT"}')}.${base64url(`{"sub":"${dice.text(DIGIT, 8)}","iat":17${dice.text(DIGIT, 8)}}`)}.${dice.text(URL64, 86)}`

const FORMS: Readonly<Record<string, (dice: Dice) => string>> = {
  'aws id': (dice) => dice.pick(['AKIA', 'ASIA']) + dice.text(`${UPPER}234567`, 16),
  'gcp key': (dice) => `AIza${dice.text(URL64, 35)}`,
  'gcp oauth': (dice) => `ya29.${dice.text(URL64, 60)}`,
  'gcp client': (dice) => `GOCSPX-${dice.text(URL64, 28)}`,
  github: (dice) => `gh${dice.pick(['p', 'o', 'u', 's', 'r'])}_${dice.text(BASE62, 36)}`,
  'github fine': (dice) => `github_pat_${dice.text(BASE62, 22)}_${dice.text(BASE62, 59)}`,
  gitlab: (dice) => `glpat-${dice.text(URL64, 20)}`,
  'slack bot': (dice) => `xoxb-${dice.text(DIGIT, 12)}-${dice.text(DIGIT, 13)}-${dice.text(BASE62, 24)}`,
  'slack user': (dice) => `xoxp-${dice.text(DIGIT, 12)}-${dice.text(DIGIT, 12)}-${dice.text(HEX, 32)}`,
  'slack app': (dice) => `xapp-1-A${dice.text(UPPER + DIGIT, 10)}-${dice.text(DIGIT, 13)}-${dice.text(HEX, 64)}`,
  stripe: (dice) => `${dice.pick(['sk', 'rk'])}_${dice.pick(['live', 'test'])}_${dice.text(BASE62, 24)}`,
  'stripe hook': (dice) => `whsec_${dice.text(BASE62, 32)}`,
  anthropic: (dice) => `sk-ant-api03-${dice.text(URL64, 93)}AA`,
  openai: (dice) => `sk-${dice.text(BASE62, 48)}`,
  'openai project': (dice) => `sk-proj-${dice.text(URL64, 120)}`,
  npm: (dice) => `npm_${dice.text(BASE62, 36)}`,
  pypi: (dice) => `pypi-AgEIcHlwaS5vcmc${dice.text(URL64, 120)}`,
  docker: (dice) => `dckr_pat_${dice.text(URL64, 27)}`,
  digitalocean: (dice) => `dop_v1_${dice.text(HEX, 64)}`,
  databricks: (dice) => `dapi${dice.text(HEX, 32)}`,
  vault: (dice) => `hvs.${dice.text(URL64, 90)}`,
  grafana: (dice) => `glsa_${dice.text(BASE62, 32)}_${dice.text(HEX, 8)}`,
  'new relic': (dice) => `NRAK-${dice.text(UPPER + DIGIT, 27)}`,
  sendgrid: (dice) => `SG.${dice.text(URL64, 22)}.${dice.text(URL64, 43)}`,
  shopify: (dice) => `shpat_${dice.text(HEX, 32)}`,
  telegram: (dice) => `${dice.text('123456789', 10)}:AA${dice.text(URL64, 33)}`,
  atlassian: (dice) => `ATATT3xFfGF0${dice.text(URL64, 170)}=${dice.text(UPPER + DIGIT, 8)}`,
  azure: (dice) => `${dice.text(BASE62, 3)}8Q~${dice.text(BASE62, 34)}`,
  huggingface: (dice) => `hf_${dice.text(BASE62, 34)}`,
  jwt,
  'slack hook': (dice) =>
    `https://hooks.slack.com/services/T${dice.text(UPPER + DIGIT, 10)}/B${dice.text(UPPER + DIGIT, 10)}/${dice.text(BASE62, 24)}`,
  'discord hook': (dice) => `https://discord.com/api/webhooks/${dice.text('123456789', 18)}/${dice.text(URL64, 68)}`,
  bcrypt: (dice) => `$2b$12$${dice.text(`./${BASE62}`, 53)}`,
}

/** Where a secret of a known form may stand, with nothing that names it. */
const ANYWHERE: readonly ((value: string) => string)[] = [
  (value) => `2026-02-03T03:04:05.678Z ERROR request failed: ${value}`,
  (value) => `{"level":"error","ts":1770087845.1,"msg":"call failed","detail":"${value}"}`,
  (value) => `level=warn caller=client.go:88 msg="upstream said no" sent=${value} status=401`,
  (value) => `curl -sS 'https://api.example.com/v1/items?trace=1' -H 'X-Thing: ${value}'`,
  (value) => `FATAL: refused (${value})`,
  (value) => `args=["--verbose","${value}"]`,
  (value) => `Traceback (most recent call last):\n  File "/app/main.py", line 12, in run\nValueError: bad value '${value}'`,
  (value) => `export THING=${value}\nmake deploy`,
  (value) => `body={\\"data\\":\\"${value}\\"}`,
  (value) => `<value>${value}</value>`,
  (value) => `${value}`,
]

const VALUES: readonly ((dice: Dice) => string)[] = [
  (dice) =>
    dice.pick(['hunter2', 'letmein', 'changeme123', 'Tr0ub4dor', 'Summer2026!', 'correct-horse-battery', 'qwerty', 'Pa55w.rd', 's3cr3t']),
  (dice) => `${dice.text(LOWER, 6)}${dice.text(DIGIT, 3)}`,
  (dice) => dice.text(BASE62, 20),
  (dice) => dice.text(HEX, 32),
  (dice) => dice.text(HEX, 40),
  (dice) => `${dice.text(BASE64, 40)}`,
  (dice) => `${dice.text(BASE64, 42)}==`,
  (dice) => `${dice.text(BASE62, 5)}!${dice.text(BASE62, 4)}#${dice.text(BASE62, 3)}`,
  (dice) => `${dice.text(BASE62, 5)}$${dice.text(BASE62, 4)}%${dice.text(DIGIT, 2)}`,
  (dice) => `P@${dice.text(LOWER, 5)}*${dice.text(DIGIT, 3)}`,
]

const NAMES = [
  'password',
  'PASSWORD',
  'passwd',
  'pwd',
  'db_password',
  'DB_PASSWORD',
  'POSTGRES_PASSWORD',
  'spring.datasource.password',
  'secret',
  'client_secret',
  'clientSecret',
  'SECRET_KEY_BASE',
  'AWS_SECRET_ACCESS_KEY',
  'aws_secret_access_key',
  'token',
  'access_token',
  'refreshToken',
  'GITHUB_TOKEN',
  'api_key',
  'apiKey',
  'API-KEY',
  'x-api-key',
  'DD_API_KEY',
  'X-Vault-Token',
  'private_key',
  'encryption-key',
  'AccountKey',
  'SharedAccessKey',
  'jwt_secret',
  'passphrase',
  'credential',
]

const NAMED: readonly ((name: string, value: string, dice: Dice) => string)[] = [
  (name, value) => `${name}=${value}`,
  (name, value) => `2026-02-03 03:04:05 INFO connecting with ${name}=${value} host=db-0 port=5432`,
  (name, value) => `{"user":"app","${name}":"${value}","retries":3}`,
  (name, value) => `{"message":"{\\"user\\":\\"app\\",\\"${name}\\":\\"${value}\\"}","level":"info"}`,
  (name, value) => `database:\n  user: app\n  ${name}: ${value}\n  port: 5432`,
  (name, value) => `  ${name}: "${value}"`,
  (name, value) => `  ${name}: '${value}' # rotated monthly`,
  (name, value) => `export ${name}="${value}"`,
  (name, value) => `{'user': 'app', '${name}': '${value}'}`,
  (name, value) => `docker run -e ${name}=${value} -p 8080:8080 shop/checkout:1.2.3`,
  (name, value) => `./migrate --${name.toLowerCase().replaceAll('_', '-')} ${value} --dry-run`,
  (name, value) => `./migrate --${name.toLowerCase().replaceAll('_', '-')}=${value} --dry-run`,
  (name, value) => `GET /login?user=ana&${name}=${encodeURIComponent(value)}&next=%2F HTTP/1.1`,
  (name, value) => `Config(user='app', ${name}='${value}', timeout=30)`,
  (name, value) => `config{user=app, ${name}=${value}, timeout=30}`,
  (name, value) => `<${name}>${value}</${name}>`,
  (name, value) => `env:\n  - name: ${name}\n    value: ${value}\n  - name: PORT\n    value: "8080"`,
  (name, value) => `[{"name":"${name}","value":"${value}"},{"name":"PORT","value":"8080"}]`,
  (name, value) => `:${name} => "${value}"`,
  (name, value) => `${name} := "${value}"`,
  (name, value) => `Server=db.internal;Database=shop;User Id=app;${name}=${value};Encrypt=true`,
  (name, value) => `-H '${name}: ${value}'`,
]

const PLACED: Readonly<Record<string, (value: string, dice: Dice) => string>> = {
  'url password': (value) => `could not connect to postgres://app:${encodeURIComponent(value)}@db.internal:5432/shop?sslmode=require`,
  'url without user': (value) => `REDIS_URL=redis://:${encodeURIComponent(value)}@cache-0:6379/0`,
  'url amqp': (value) => `dial amqp://guest:${encodeURIComponent(value)}@mq:5672/ failed`,
  'url mongo': (value) => `mongodb+srv://svc:${encodeURIComponent(value)}@cluster0.abcde.mongodb.net/shop`,
  'go dsn': (value) => `sql: open app:${value.replace(/[/]/g, 'x')}@tcp(10.0.0.5:3306)/shop: refused`,
  'git url': (value) => `fatal: unable to access 'https://deploy:${encodeURIComponent(value)}@git.corp/shop.git/': 403`,
  bearer: (value) => `Authorization: Bearer ${value.replace(/[^\w.~+/-]/g, 'x')}7a1`,
  'bearer json': (value) => `{"headers":{"Authorization":"Bearer ${value.replace(/[^\w.~+/-]/g, 'x')}7a1","Accept":"*/*"}}`,
  'header token': (value) => `authorization: token ${value}`,
  'header plain': (value) => `Authorization: ${value}9`,
  mysql: (value) => `mysqldump -h db-0 -u root -p${value} shop > /tmp/dump.sql`,
  curl: (value) => `+ curl -fsS -u admin:${value} https://grafana.corp/api/health`,
  sshpass: (value) => `sshpass -p '${value}' ssh ops@10.1.2.3 uptime`,
  sql: (value) => `ALTER ROLE app WITH PASSWORD '${value}';`,
  'mysql user': (value) => `CREATE USER 'app'@'%' IDENTIFIED BY '${value}'`,
  prose: (value) => `the new password is ${value}1! please change it`,
  'yaml block': (value) => `data:\n  password: |\n    ${value}\n  user: app`,
  cookie: (value) => `Cookie: theme=dark; sid=${value.replace(/[^\w%]/g, 'x')}; lang=en`,
  'set cookie': (value) => `set-cookie: session=${value.replace(/[^\w%]/g, 'x')}; Path=/; HttpOnly`,
  'azure storage': (value) => `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${value}==;EndpointSuffix=core.windows.net`,
  netrc: (value) => `machine git.corp login deploy password ${value}`,
  redis: (value) => `redis-cli -h cache-0 -a ${value} PING`,
  requirepass: (value) => `requirepass ${value}`,
}

/** At least 600 secrets: every known form in several places, every name with values strong and weak, every special place. */
export const secretSamples = (dice: Dice): Sample[] => [
  ...Object.entries(FORMS).flatMap(([about, form]) =>
    ANYWHERE.map((place) => {
      const value = form(dice)
      return {
        about,
        value: about.endsWith('hook') && value.includes('/') ? (value.split('/').at(-1) ?? value) : value,
        text: place(value),
      }
    }),
  ),
  ...NAMES.flatMap((name) =>
    NAMED.map((place, index) => {
      const value = dice.pick(VALUES)(dice)
      const text = place(name, value, dice)
      return { about: `${name} in form ${index}`, value: text.includes(value) ? value : encodeURIComponent(value), text }
    }),
  ),
  ...Object.entries(PLACED).flatMap(([about, place]) =>
    VALUES.map((make) => {
      const value = make(dice)
      const text = place(value, dice)
      const spelled = [
        value,
        encodeURIComponent(value),
        value.replace(/[^\w.~+/-]/g, 'x'),
        value.replace(/[^\w%]/g, 'x'),
        value.replace(/[/]/g, 'x'),
      ]
      return { about, value: spelled.find((spelling) => text.includes(spelling)) ?? value, text }
    }),
  ),
  ...Array.from({ length: 40 }, (_, index) => pemSample(dice, index)),
  ...Array.from({ length: 20 }, () => {
    const password = `${dice.text(LOWER, 5)}${dice.text(DIGIT, 3)}`
    const value = base64(`${dice.pick(['admin', 'svc', 'ana'])}:${password}`)
    return {
      about: 'basic',
      value,
      text: dice.pick([`Authorization: Basic ${value}`, `sent Basic ${value} to upstream`, `"authorization": "Basic ${value}"`]),
    }
  }),
  ...Array.from({ length: 30 }, () => {
    const value = dice.text(BASE62, 40)
    const name = dice.pick(['JSESSIONID', 'PHPSESSID', 'session_id', 'connect.sid', 'sid', 'sig', 'X-Amz-Signature'])
    return {
      about: name,
      value,
      text: dice.pick([`${name}=${value}; Path=/`, `GET /files/a.pdf?${name}=${value}&se=2026 HTTP/1.1`, `"${name}":"${value}"`]),
    }
  }),
  ...Array.from({ length: 30 }, () => {
    const value = dice.text(BASE64, 44)
    return {
      about: 'high entropy',
      value,
      text: dice.pick([`x_internal=${value}`, `"blob": "${value}"`, `loaded ${value} from disk`, value]),
    }
  }),
]

const pemSample = (dice: Dice, index: number): Sample => {
  const kind = dice.pick(['RSA PRIVATE KEY', 'PRIVATE KEY', 'EC PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'])
  const lines = Array.from({ length: 12 }, () => dice.text(BASE64, 64))
  const value = lines[7] ?? ''
  const whole = [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`]
  const texts = [
    whole.join('\n'),
    `{"type":"service_account","private_key":"${whole.join('\\n')}\\n","client_email":"x@y.iam"}`,
    `tls.key: |\n  ${whole.join('\n  ')}`,
    `msg="{\\"key\\":\\"${whole.join('\\\\n')}\\"}"`,
    whole.slice(0, 10).join('\n'),
    lines.join('\n'),
  ]
  return { about: `pem ${index % texts.length}`, value, text: texts[index % texts.length] ?? '' }
}

export const luhn = (digits: string): string => {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? Number(digit) * 2 : Number(digit)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return `${digits}${(10 - (sum % 10)) % 10}`
}

export const iban = (dice: Dice): string => {
  const [country, account] = dice.pick([
    ['DE', dice.text(DIGIT, 18)],
    ['FR', dice.text(DIGIT, 23)],
    ['GB', `WEST${dice.text(DIGIT, 14)}`],
    ['NL', `ABNA${dice.text(DIGIT, 10)}`],
    ['ES', dice.text(DIGIT, 20)],
  ] as const)
  const number = [...`${account}${country}00`].map((character) => Number.parseInt(character, 36)).join('')
  return `${country}${String(98n - (BigInt(number) % 97n)).padStart(2, '0')}${account}`
}

const FIRST = ['ana', 'ben', 'chloe', 'dmitri', 'emeka', 'fatima', 'jörg', 'mary-jane', 'o.neil', 'x']
const LAST = ['garcia', 'smith', 'okafor', 'müller', 'tanaka', 'van.dyk', 'lee', 'novak']
const DOMAIN = ['example.com', 'mail.example.co.uk', 'gmail.com', 'corp.io', 'uni-bonn.de', 'company.travel']

const PEOPLE: Readonly<Record<string, (dice: Dice) => string>> = {
  email: (dice) =>
    `${dice.pick(FIRST)}${dice.pick(['.', '_', '+', '-', ''])}${dice.pick(LAST)}${dice.pick(['', '', '7', '+test'])}@${dice.pick(DOMAIN)}`,
  'phone e164': (dice) => `+${dice.pick(['1415', '4915', '4477', '3361', '9198', '81903', '5511'])}${dice.text(DIGIT, 8)}`,
  'phone spaced': (dice) => `+${dice.pick(['44', '49', '33'])} ${dice.text('123456789', 2)} ${dice.text(DIGIT, 4)} ${dice.text(DIGIT, 4)}`,
  'phone us': (dice) =>
    `${dice.text('23456789', 1)}${dice.text(DIGIT, 2)}-${dice.text('23456789', 1)}${dice.text(DIGIT, 2)}-${dice.text(DIGIT, 4)}`,
  'phone us brackets': (dice) =>
    `(${dice.text('23456789', 1)}${dice.text(DIGIT, 2)}) ${dice.text('23456789', 1)}${dice.text(DIGIT, 2)}-${dice.text(DIGIT, 4)}`,
  'phone uk': (dice) =>
    `0${dice.text('123456789', 1)}${dice.text(DIGIT, 2)} ${dice.text(DIGIT, 3)}${dice.pick([' ', ''])}${dice.text(DIGIT, 4)}`,
  card: (dice) => luhn(`${dice.pick(['4', '51', '55', '2223', '6011'])}${dice.text(DIGIT, 14)}`.slice(0, 15)),
  amex: (dice) => luhn(`${dice.pick(['34', '37'])}${dice.text(DIGIT, 12)}`),
  'card grouped': (dice) =>
    luhn(`${dice.pick(['4', '52'])}${dice.text(DIGIT, 14)}`.slice(0, 15)).replace(/(\d{4})(?=\d)/g, dice.pick(['$1 ', '$1-'])),
  ssn: (dice) => `${dice.pick(['123', '219', '457', '505'])}-${dice.text('123456789', 2)}-${dice.text('123456789', 4)}`,
  iban,
  'iban grouped': (dice) => iban(dice).replace(/(.{4})(?=.)/g, '$1 '),
  ipv4: (dice) => `${dice.pick(['8', '52', '81', '93', '203', '185'])}.${dice.number(256)}.${dice.number(256)}.${1 + dice.number(254)}`,
  ipv6: (dice) =>
    `2a0${dice.text(HEX, 1)}:${dice.text('123456789abcdef', 4)}:${dice.text('123456789abcdef', 4)}::${dice.text('123456789abcdef', 3)}`,
}

const MENTIONS: readonly ((value: string) => string)[] = [
  (value) => `2026-02-03T03:04:05Z INFO customer ${value} signed in`,
  (value) => `{"level":"info","customer":"${value}","took_ms":12}`,
  (value) => `level=info msg="notified" to=${value} attempt=2`,
  (value) => `Sending receipt to ${value}.`,
  (value) => `order 1204 placed (${value}) in 31 ms`,
  (value) => `update customers set contact='${value}' where id=17`,
  (value) => `<contact>${value}</contact>`,
  (value) => `payload={\\"contact\\":\\"${value}\\"}`,
  (value) => value,
]

const NAMED_PEOPLE: readonly ((dice: Dice) => Sample)[] = [
  (dice) => named(`0${dice.text('123456789', 3)}${dice.text(DIGIT, 7)}`, (value) => `phone=${value} channel=sms`),
  (dice) => named(`${dice.text('23456789', 10)}`, (value) => `{"phone_number":"${value}","verified":true}`),
  (dice) => named(`49151${dice.text(DIGIT, 8)}`, (value) => `msisdn=${value} result=delivered`),
  (dice) => named(`030/${dice.text('123456789', 7)}`.replace('/', ' '), (value) => `tel: ${value}`),
  (dice) => named(`${dice.pick(['123', '457'])}${dice.text('123456789', 6)}`, (value) => `ssn=${value}`),
  (dice) => named(`ana.${dice.text(LOWER, 6)}%40example.com`, (value) => `GET /invite?email=${value} HTTP/1.1`),
]

const named = (value: string, place: (value: string) => string): Sample => ({ value, text: place(value), about: 'named' })

/** At least 400 personal data. */
export const personalSamples = (dice: Dice): Sample[] => [
  ...Object.entries(PEOPLE).flatMap(([about, make]) =>
    [0, 1, 2, 3].flatMap(() =>
      MENTIONS.map((place) => {
        const value = make(dice)
        return { about, value, text: place(value) }
      }),
    ),
  ),
  ...NAMED_PEOPLE.flatMap((make) => Array.from({ length: 8 }, () => make(dice))),
]
