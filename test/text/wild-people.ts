import { type Dice, iban, luhn } from './corpus.ts'
import type { Wild } from './wild-secrets.ts'

/** Personal data as they stand in logs, labels and messages; written before the redactor was looked at for them. */

const DIGIT = '0123456789'
const HEX = '0123456789abcdef'
const BASE62 = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGIT}`

const FIRST = [
  'Ana',
  'Benjamin',
  'Chloe',
  'Dmitri',
  'Emeka',
  'Fatima',
  'Hiroshi',
  'Ingrid',
  'Priya',
  'Sofia',
  'Thomas',
  'Wei',
  'Zoe',
  'Ahmed',
]
const LAST = ['Garcia', 'Smith', 'Okafor', 'Mueller', 'Tanaka', 'Novak', 'Johnson', 'Rossi', 'Patel', 'Kowalski', "O'Brien", 'van Dijk']
const HOST = ['example.com', 'gmail.com', 'mail.corp.co.uk', 'web.de', 'xn--mller-kva.de', 'startup.io', 'firma.museum']

const email = (dice: Dice): string =>
  `${dice.pick(FIRST).toLowerCase()}${dice.pick(['.', '_', '-', '+', ''])}${dice.text('bcdfghklmnprst', 6)}@${dice.pick(HOST)}`
const name = (dice: Dice): string => `${dice.pick(FIRST)} ${dice.pick(LAST)}`
const login = (dice: Dice): string =>
  `${dice.pick(FIRST).toLowerCase()}.${dice
    .pick(LAST)
    .toLowerCase()
    .replace(/[^a-z]/g, '')}`
const v4 = (dice: Dice): string =>
  `${dice.pick(['3', '18', '34', '52', '81', '91', '139', '188', '203', '212'])}.${dice.number(256)}.${dice.number(256)}.${1 + dice.number(254)}`
const v6 = (dice: Dice): string =>
  dice.pick([
    () => `2001:${dice.text('123456789', 3)}:${dice.text('123456789abcdef', 4)}:${dice.text(HEX, 1)}::${dice.text('123456789abcdef', 3)}`,
    () => `2a01:${dice.text('123456789', 3)}:${Array.from({ length: 6 }, () => dice.text('123456789abcdef', 4)).join(':')}`,
    () => `2600:${dice.text('123456789abcdef', 4)}:${dice.text('123456789abcdef', 4)}::1`,
  ])()
const card = (dice: Dice): string => luhn(`${dice.pick(['4', '52', '2221', '6011'])}${dice.text(DIGIT, 14)}`.slice(0, 15))
const grouped = (text: string, by: string): string => text.replace(/(.{4})(?=.)/g, `$1${by}`)
const mobile = (dice: Dice): string =>
  `+${dice.pick(['1', '44', '49', '33', '91', '81', '55', '61', '234', '971'])}${dice.text('23456789', 1)}${dice.text(DIGIT, 8)}`
const ssn = (dice: Dice): string => `${dice.pick(['123', '219', '457', '505'])}-${dice.text('123456789', 2)}-${dice.text('123456789', 4)}`
const uuid = (dice: Dice): string => [8, 4, 4, 4, 12].map((length) => dice.text(HEX, length)).join('-')

type Kind = { readonly value: (dice: Dice) => string; readonly in: readonly ((value: string, dice: Dice) => string)[] }

const KINDS: Readonly<Record<string, Kind>> = {
  email: {
    value: email,
    in: [
      (v) =>
        `postfix/smtp[4242]: 4ABCD: to=<${v}>, relay=mx.example.net[10.1.1.1]:25, delay=1.2, status=bounced (550 5.1.1 <${v}>: user unknown)`,
      (v) => `From: "Ana" <${v}>`,
      (v) => `mailto:${v}?subject=Order`,
      (v) => `ERROR:  duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key (email)=(${v}) already exists.`,
      (v) => `user_email="${v}"`,
      (v) => `{"actor":{"id":17,"mail":"${v}"}}`,
      (v) => `GET /api/users/${v}/orders HTTP/1.1`,
      (v) => `GET /unsubscribe?u=${v.replace('@', '%40')}&l=3`,
      (v) => `{\\"email\\":\\"${v}\\"}`,
      (v) => `cn=x,mail=${v},ou=people`,
      (v) => `Author: Somebody <${v}>`,
      (v) => `ValueError: invalid address '${v.toUpperCase()}'`,
      (v) => `u003c${v}\\u003e`,
      (v) => `sub:${v} aud:shop`,
      (v) => `email\t${v}\t200`,
      (v) => `cache key user:${v}:cart`,
      (v) => `[${v}] subscribed`,
      (v) => `${v};1;2026-02-03`,
    ],
  },
  'ipv4 public': {
    value: v4,
    in: [
      (v) => `${v} - - [03/Feb/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 12`,
      (v) => `X-Forwarded-For: 10.0.0.1, ${v}`,
      (v) => `x-real-ip=${v}`,
      (v) => `"remote_addr":"${v}","port":443`,
      (v) => `Failed password for root from ${v} port 4242 ssh2`,
      (v) => `client: ${v}, server: shop.corp, request: "GET / HTTP/1.1"`,
      (v) => `::ffff:${v} connected`,
      (v) => `http://${v}:8080/login`,
      (v) => `peer=ipv4:${v}:50312`,
      (v) => `('${v}', 4242)`,
      (v) => `SRC=${v} DST=10.0.0.1 LEN=40`,
      (v) => `/${v}:50123 disconnected`,
      (v) => `blocked ${v}/32`,
      (v) => `IP(${v})`,
      (v) => `tcp_${v}_443`,
      (v) => `{client_ip=${v},geo=DE}`,
      (v) => `Accepted publickey for deploy from ${v}.`,
      (v) => `ec2-${v.replaceAll('.', '-')}.eu-central-1.compute.amazonaws.com connected`,
    ],
  },
  'ipv6 public': {
    value: v6,
    in: [
      (v) => `client ${v} connected`,
      (v) => `[${v}]:50312 -> [fd00::1]:443`,
      (v) => `"ip":"${v}"`,
      (v) => `from=${v}, proto=TCP`,
      (v) => `X-Forwarded-For: ${v}`,
      (v) => `${v} - - [03/Feb/2026:03:04:05 +0000] "GET / HTTP/2" 200 1`,
      (v) => `http://[${v}]/`,
      (v) => `${v}/64 announced`,
    ],
  },
  card: {
    value: card,
    in: [
      (v) => `{"card":{"number":"${v}","exp_month":12}}`,
      (v) => `pan=${v}&exp=1229`,
      (v) => `charge declined for ${v}`,
      (v) => `"cardNumber":${v},`,
      (v) => `PaymentMethod(number='${v}')`,
      (v) => `<CardNumber>${v}</CardNumber>`,
      (v) => `track2=;${v}=29121010000000000000?`,
      (v) => `card_${v}`,
      (v) => `%B${v}^GARCIA/ANA^2912`,
      (v) => `card:${v}:eur`,
    ],
  },
  'card in groups': {
    value: (dice) => grouped(card(dice), dice.pick([' ', '-'])),
    in: [(v) => `Card: ${v}`, (v) => `paid with ${v} by phone`, (v) => `"${v}"`, (v) => `(${v})`],
  },
  'amex in groups': {
    value: (dice) => luhn(`37${dice.text(DIGIT, 12)}`).replace(/^(\d{4})(\d{6})(\d{5})$/, dice.pick(['$1 $2 $3', '$1-$2-$3'])),
    in: [(v) => `amex ${v}`, (v) => `cc="${v}"`],
  },
  iban: {
    value: iban,
    in: [
      (v) => `transfer to ${v} rejected`,
      (v) => `"iban":"${v}"`,
      (v) => `iban=${v.toLowerCase()}`,
      (v) => `<IBAN>${v}</IBAN>`,
      (v) => `/payouts/${v}/status`,
      (v) => `IBAN${v}`,
    ],
  },
  'iban in groups': { value: (dice) => grouped(iban(dice), ' '), in: [(v) => `Please pay to ${v}.`, (v) => `account: "${v}"`] },
  ssn: {
    value: ssn,
    in: [
      (v) => `applicant ssn ${v} verified`,
      (v) => `"ssn":"${v}"`,
      (v) => `taxpayer ${v}`,
      (v) => `<SSN>${v}</SSN>`,
      (v) => `social_security_number: '${v}'`,
      (v) => `ssn=${v.replaceAll('-', '')}`,
      (v) => `SSN ${v.replaceAll('-', ' ')}`,
    ],
  },
  'phone international': {
    value: mobile,
    in: [
      (v) => `sms to ${v} failed: 30003`,
      (v) => `"to":"${v}"`,
      (v) => `whatsapp:${v}`,
      (v) => `tel:${v}`,
      (v) => `sip:${v}@sbc.corp:5060`,
      (v) => `From=%2B${v.slice(1)}&Body=hi`,
      (v) => `recipient=${v},status=queued`,
      (v) => `callerid="${v}"`,
      (v) => `<Phone>${v}</Phone>`,
      (v) => `mobile=00${v.slice(1)}`,
      (v) => `[${v}]`,
    ],
  },
  'phone as people write it': {
    value: (dice) =>
      dice.pick([
        () => `+49 (0)${dice.text('123456789', 3)} ${dice.text(DIGIT, 7)}`,
        () => `+44 20 ${dice.text(DIGIT, 4)} ${dice.text(DIGIT, 4)}`,
        () => `+1 (${dice.text('23456789', 3)}) ${dice.text('23456789', 3)}-${dice.text(DIGIT, 4)}`,
        () =>
          `+33.${dice.text('123456789', 1)}.${dice.text(DIGIT, 2)}.${dice.text(DIGIT, 2)}.${dice.text(DIGIT, 2)}.${dice.text(DIGIT, 2)}`,
        () => `(${dice.text('23456789', 3)}) ${dice.text('23456789', 3)}-${dice.text(DIGIT, 4)}`,
        () => `+1-${dice.text('23456789', 3)}-${dice.text('23456789', 3)}-${dice.text(DIGIT, 4)}`,
        () => `+55 11 9${dice.text(DIGIT, 4)}-${dice.text(DIGIT, 4)}`,
      ])(),
    in: [
      (v) => `call ${v} first`,
      (v) => `"phone": "${v}"`,
      (v) => `customer ${v} asked for a refund`,
      (v) => `Tel. ${v}`,
      (v) => `contact=${v}; lang=de`,
      (v) => `${v}`,
    ],
  },
  'phone behind a name': {
    value: (dice) => `${dice.text('23456789', 1)}${dice.text(DIGIT, 9)}`,
    in: [
      (v) => `phone_number=${v}`,
      (v) => `{"mobile":"${v}"}`,
      (v) => `"msisdn":${v},`,
      (v) => `customerPhone: ${v}`,
      (v) => `phoneNumber='${v}'`,
      (v) => `mobile_no: ${v}`,
      (v) => `Handynummer: 0${v}`,
      (v) => `telefono=${v}`,
      (v) => `contactPhone=${v}`,
      (v) => `fax: ${v}`,
    ],
  },
  'name behind a key': {
    value: name,
    in: [
      (v) => `customer_name="${v}"`,
      (v) => `{"customerName":"${v}","total":12}`,
      (v) => `full_name: ${v}`,
      (v) => `"displayName":"${v}"`,
      (v) => `cardholder=${v}`,
      (v) => `{"name_on_card":"${v}"}`,
      (v) => `billing_name: '${v}'`,
      (v) => `recipient_name=${v}, attempts=2`,
      (v) => `<CustomerName>${v}</CustomerName>`,
      (v) => `Customer(name='${v}', id=17)`,
      (v) => `patient_name=${v}`,
      (v) => `{\\"fullName\\":\\"${v}\\"}`,
      (v) => `user="${v}" action=login`,
      (v) => `"user":{"name":"${v}"}`,
      (v) => `customer: ${v}`,
      (v) => `X-User-Name: ${v}`,
      (v) => `shipping_name=${encodeURIComponent(v)}&city=x`,
      (v) => `employee="${v}"`,
      (v) => `contact_name = "${v}"`,
    ],
  },
  'first and last name': {
    value: (dice) => dice.pick(LAST.slice(0, 10)),
    in: [
      (v, dice) => `first_name=${dice.pick(FIRST)} last_name=${v}`,
      (v) => `{"lastName":"${v}"}`,
      (v) => `"surname": "${v}"`,
      (v) => `family_name: ${v}`,
      (v) => `"nachname":"${v}"`,
    ],
  },
  'login of a person': {
    value: login,
    in: [
      (v) => `user=${v} action=export`,
      (v) => `"username":"${v}"`,
      (v) => `login failed for user '${v}'`,
      (v) => `session opened for user ${v} by (uid=0)`,
      (v) => `uid=${v},ou=people,dc=corp`,
      (v) => `User ${v} logged in`,
      (v) => `{"user":"${v}"}`,
      (v) => `owner: ${v}`,
      (v) => `user_name=${v}`,
      (v) => `principal=${v}`,
      (v) => `CORP\\${v} logged on`,
      (v) => `/home/${v}/.bashrc`,
    ],
  },
  'login of one word': {
    value: (dice) => dice.pick(['alice', 'thomas', 'maria', 'jsmith', 'priya', 'ahmed92', 'mgarcia', 'sofia']),
    in: [(v) => `user=${v} ip=10.0.0.1`, (v) => `"user_name":"${v}"`, (v) => `username: ${v}`, (v) => `user="${v}" method=PUT`],
  },
  'session id': {
    value: (dice) => dice.pick([() => uuid(dice), () => dice.text(HEX, 32), () => dice.text(BASE62, 24), () => dice.text(HEX, 16)])(),
    in: [
      (v) => `session_id=${v}`,
      (v) => `"sessionId":"${v}"`,
      (v) => `JSESSIONID=${v}`,
      (v) => `sid: ${v}`,
      (v) => `session ${v} expired`,
      (v) => `X-Session-Id: ${v}`,
      (v) => `;jsessionid=${v}?x=1`,
      (v) => `PHPSESSID=${v}; path=/`,
      (v) => `user_session="${v}"`,
      (v) => `sessionKey=${v}`,
    ],
  },
  'birth date': {
    value: (dice) => `19${dice.text('56789', 1)}${dice.text(DIGIT, 1)}-0${dice.text('123456789', 1)}-1${dice.text(DIGIT, 1)}`,
    in: [(v) => `dob=${v}`, (v) => `"date_of_birth":"${v}"`, (v) => `birthDate: ${v}`, (v) => `"birthday": "${v}"`],
  },
  'street address': {
    value: (dice) =>
      `${1 + dice.number(300)} ${dice.pick(['Maple', 'Station', 'Church', 'High'])} ${dice.pick(['Street', 'Road', 'Avenue'])}`,
    in: [(v) => `"street":"${v}"`, (v) => `address_line1=${v}, city=x`, (v) => `shipping_address: "${v}"`, (v) => `"addressLine1": "${v}"`],
  },
  'papers and tax numbers': {
    value: (dice) => `${dice.text('ABCDEFGHJKLMNPRSTUVWXYZ', 2)}${dice.text('123456789', 7)}`,
    in: [
      (v) => `passport=${v}`,
      (v) => `"passport_number":"${v}"`,
      (v) => `national_id: ${v}`,
      (v) => `driver_license=${v}`,
      (v) => `tax_id="${v}"`,
    ],
  },
}

/** Each kind in each of its places, `rounds` times with new values. */
export const wildPeople = (dice: Dice, rounds = 4): Wild[] =>
  Object.entries(KINDS).flatMap(([about, kind]) =>
    kind.in.flatMap((place, index) =>
      Array.from({ length: rounds }, () => {
        const value = kind.value(dice)
        const text = place(value, dice)
        const spelled = [
          value,
          encodeURIComponent(value),
          value.toUpperCase(),
          value.toLowerCase(),
          value.replace('@', '%40'),
          value.slice(1),
          value.replaceAll('-', ''),
          value.replaceAll('-', ' '),
          value.replaceAll('.', '-'),
        ]
        return { about: `${about} ${index}`, text, hidden: [spelled.find((one) => text.includes(one)) ?? value] }
      }),
    ),
  )
