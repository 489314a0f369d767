import { type Dice, jwt } from './corpus.ts'

/**
 * Secrets as they stand in the field: each kind in its own surroundings, written before the redactor was looked at for them. `hidden` lists
 * what may not be left, not even in part.
 */
export type Wild = { readonly about: string; readonly text: string; readonly hidden: readonly string[] }

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DIGIT = '0123456789'
const HEX = '0123456789abcdef'
const BASE62 = UPPER + LOWER + DIGIT
const BASE64 = `${BASE62}+/`
const URL64 = `${BASE62}-_`

const base64 = (text: string): string => Buffer.from(text).toString('base64')
/** What base64 makes of it inside a longer text, at each of the three alignments. */
const wrapped = (text: string): string[] => ['', 'x', 'xx'].map((before) => base64(before + text).slice(4, -4))
const hexOf = (text: string): string => Buffer.from(text).toString('hex')

/** A password as people choose them, long enough not to occur by itself. */
const chosen = (dice: Dice): string =>
  dice.pick([
    () => `${dice.pick(['Winter', 'Falcon', 'tiger', 'Monday'])}${dice.text(DIGIT, 4)}${dice.pick(['!', '', '?'])}`,
    () => `${dice.text(LOWER, 7)}-${dice.text(LOWER, 6)}`,
    () => dice.text(LOWER, 10),
    () => dice.text(BASE62, 14),
    () => `${dice.text(BASE62, 6)}@${dice.text(BASE62, 5)}`,
    () => `${dice.text(BASE62, 5)}:${dice.text(BASE62, 4)}$${dice.text(DIGIT, 2)}`,
  ])()

const word = (dice: Dice): string => `${dice.text(LOWER, 4)}${dice.text(UPPER, 2)}${dice.text(DIGIT, 3)}${dice.text(LOWER, 3)}`
const uuid = (dice: Dice): string => [8, 4, 4, 4, 12].map((length) => dice.text(HEX, length)).join('-')
const pem = (dice: Dice): string[] => Array.from({ length: 9 }, () => dice.text(BASE64, 64))

type Maker = (dice: Dice) => string
type Place = (value: string, dice: Dice) => string
type Kind = { readonly value: Maker; readonly in: readonly Place[]; readonly hidden?: (value: string) => readonly string[] }

const KINDS: Readonly<Record<string, Kind>> = {
  'aws access key id': {
    value: (dice) => `AKIA${dice.text(`${UPPER}234567`, 16)}`,
    in: [
      (v) => `InvalidAccessKeyId: The AWS Access Key Id you provided (${v}) does not exist in our records.`,
      (v) => `X-Amz-Credential=${v}%2F20260203%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260203T030405Z`,
      (v) => `AWS4-HMAC-SHA256 Credential=${v}/20260203/us-east-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, Signature=...`,
    ],
  },
  'aws secret key': {
    value: (dice) => dice.text(BASE64, 40),
    in: [
      (v) => `aws_secret_access_key = ${v}`,
      (v) => `Credentials{accessKeyId=AKIAXXXX, secretAccessKey=${v}, sessionToken=null}`,
      (v) => `{"AccessKeyId":"AKIAXXXX","SecretAccessKey":"${v}","Expiration":"2026-02-03T04:00:00Z"}`,
      (v) => `secretKey: !!str ${v}`,
    ],
  },
  'aws session token': {
    value: (dice) => `${dice.pick(['IQoJb3JpZ2luX2Vj', 'FwoGZXIvYXdzE'])}${dice.text(BASE64, 200)}`,
    in: [
      (v) => `"Token" : "${v}",`,
      (v) => `x-amz-security-token: ${v}`,
      (v) => `export AWS_SESSION_TOKEN=${v}`,
      (v) => `GET /bucket/key?X-Amz-Security-Token=${encodeURIComponent(v)}&X-Amz-SignedHeaders=host HTTP/1.1`,
    ],
    hidden: (v) => [v.slice(20, 80).replace(/[^A-Za-z0-9].*/, '') || v.slice(20, 30)],
  },
  'presigned url': {
    value: (dice) => dice.text(HEX, 64),
    in: [
      (v) => `download https://s3.eu-central-1.amazonaws.com/b/k.tgz?X-Amz-Expires=900&X-Amz-Signature=${v} failed: 403`,
      (v) => `"url":"https://storage.googleapis.com/b/o?X-Goog-Expires=900\\u0026X-Goog-Signature=${v}"`,
      (v) => `Signature=${v}, SignedHeaders=host`,
    ],
  },
  'azure sas': {
    value: (dice) => `${encodeURIComponent(`${dice.text(BASE64, 43)}=`)}`,
    in: [
      (v) => `PUT https://shop.blob.core.windows.net/backups/db.bak?sv=2022-11-02&ss=b&srt=o&sp=rwd&se=2026-02-03T08:00:00Z&sig=${v}`,
      (v) => `SharedAccessSignature=sv=2022-11-02&ss=b&srt=sco&sig=${v};BlobEndpoint=https://shop.blob.core.windows.net/`,
      (v) => `SharedAccessSignature sr=shop.servicebus.windows.net%2Forders&sig=${v}&se=1770087845&skn=RootManageSharedAccessKey`,
    ],
  },
  'azure connection string': {
    value: (dice) => `${dice.text(BASE64, 43)}=`,
    in: [
      (v) =>
        `Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${v};EntityPath=orders`,
      (v) => `AccountEndpoint=https://shop.documents.azure.com:443/;AccountKey=${v}=;`,
      (v) => `HostName=hub.azure-devices.net;DeviceId=d1;SharedAccessKey=${v}`,
      (v) => `InstrumentationKey=x;IngestionEndpoint=https://e.in.applicationinsights.azure.com/;SharedAccessKey="${v}"`,
    ],
  },
  'google service account': {
    value: (dice) => dice.text(BASE64, 64),
    in: [
      (v, dice) =>
        `{\\"type\\": \\"service_account\\", \\"private_key\\": \\"-----BEGIN PRIVATE KEY-----\\\\n${dice.text(BASE64, 64)}\\\\n${v}\\\\n-----END PRIVATE KEY-----\\\\n\\"}`,
      (v, dice) => `credentials_json="{'private_key': '-----BEGIN PRIVATE KEY-----\\n${dice.text(BASE64, 64)}\\n${v}\\n`,
      (v, dice) =>
        `GOOGLE_APPLICATION_CREDENTIALS_JSON=${base64(`{"private_key":"-----BEGIN PRIVATE KEY-----\n${dice.text(BASE64, 64)}\n${v}`)}`,
    ],
    hidden: (v) => [v, ...wrapped(v)],
  },
  'google api key': {
    value: (dice) => `AIza${dice.text(URL64, 35)}`,
    in: [
      (v) => `GET https://maps.googleapis.com/maps/api/geocode/json?address=x&key=${v}`,
      (v) => `{"error":{"message":"API key not valid: '${v}'"}}`,
      (v) => `?key=${v}&alt=sse`,
    ],
  },
  'google oauth': {
    value: (dice) => `ya29.a0${dice.text(URL64, 120)}`,
    in: [
      (v) => `Set oauth token to ${v} (expires in 3599s)`,
      (v) => `access_token%22%3A%22${v}%22%2C%22expires_in`,
      (v) => `token:"${v}" expiry:2026`,
    ],
  },
  'github token': {
    value: (dice) => `${dice.pick(['ghp', 'gho', 'ghs'])}_${dice.text(BASE62, 36)}`,
    in: [
      (v) =>
        `remote: Invalid username or password.\nfatal: Authentication failed for 'https://x-access-token:${v}@github.com/shop/checkout.git/'`,
      (v) => `git clone https://${v}@github.com/shop/checkout.git`,
      (v) => `Authorization: token ${v}`,
      (v) => `::add-mask::${v}`,
      (v) => `{"auths":{"ghcr.io":{"auth":"${base64(`bot:${v}`)}"}}}`,
    ],
    hidden: (v) => [v, ...wrapped(v)],
  },
  'gitlab token': {
    value: (dice) => `${dice.pick(['glpat', 'gldt', 'glrt'])}-${dice.text(URL64, 20)}`,
    in: [
      (v) => `PRIVATE-TOKEN: ${v}`,
      (v) => `git push https://oauth2:${v}@gitlab.corp/shop/checkout.git HEAD:main`,
      (v) => `runner registered token=${v.slice(0, 30)}`,
      (v) => `curl --header=PRIVATE-TOKEN:${v} https://gitlab.corp/api/v4/projects`,
    ],
  },
  'gitlab ci token': {
    value: (dice) => `glcbt-64_${dice.text(URL64, 20)}`,
    in: [(v) => `https://gitlab-ci-token:${v}@gitlab.corp/shop/checkout.git`, (v) => `CI_JOB_TOKEN ${v}`],
  },
  'slack token': {
    value: (dice) => `xoxb-${dice.text(DIGIT, 12)}-${dice.text(DIGIT, 12)}-${dice.text(BASE62, 24)}`,
    in: [
      (v) => `slack_sdk.errors.SlackApiError: token=${v} channel=C024 not_in_channel`,
      (v) => `POST /api/chat.postMessage token=${encodeURIComponent(v)}&channel=C0&text=hi`,
      (v) => `Bearer%20${v}`,
    ],
  },
  'slack config token': {
    value: (dice) => `xoxe.xoxp-1-${dice.text(BASE62, 140)}`,
    in: [(v) => `tooling.tokens.rotate -> ${v}`, (v) => `"refresh":"${v}"`],
  },
  'slack webhook': {
    value: (dice) => `T${dice.text(UPPER + DIGIT, 10)}/B${dice.text(UPPER + DIGIT, 10)}/${dice.text(BASE62, 24)}`,
    in: [
      (v) => `notify.go:88 Post "https://hooks.slack.com/services/${v}": context deadline exceeded`,
      (v) => `slack_api_url: 'https://hooks.slack.com/services/${v}'`,
      (v) => `https%3A%2F%2Fhooks.slack.com%2Fservices%2F${encodeURIComponent(v)}`,
      (v) => `"https:\\/\\/hooks.slack.com\\/services\\/${v.replaceAll('/', '\\/')}"`,
    ],
    hidden: (v) => [v.split('/')[2] ?? v],
  },
  'teams webhook': {
    value: (dice) => `${uuid(dice)}@${uuid(dice)}/IncomingWebhook/${dice.text(HEX, 32)}/${uuid(dice)}`,
    in: [
      (v) => `Post "https://corp.webhook.office.com/webhookb2/${v}": 429`,
      (v) => `webhook_url: https://outlook.office.com/webhook/${v}`,
    ],
    hidden: (v) => [v.split('/')[2] ?? v],
  },
  'logic app webhook': {
    value: (dice) => dice.text(URL64, 43),
    in: [
      (v, dice) =>
        `https://prod-12.westeurope.logic.azure.com:443/workflows/${dice.text(HEX, 32)}/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${v}`,
    ],
  },
  'discord bot': {
    value: (dice) => `MT${dice.text(BASE62, 22)}.${dice.text(URL64, 6)}.${dice.text(URL64, 38)}`,
    in: [(v) => `Authorization: Bot ${v}`, (v) => `client.login("${v}")`, (v) => `improper token passed: ${v}`],
  },
  'telegram bot': {
    value: (dice) => `${dice.text('123456789', 10)}:AA${dice.text(URL64, 33)}`,
    in: [(v) => `Post "https://api.telegram.org/bot${v}/sendMessage": EOF`, (v) => `bot_token: '${v}'`],
    hidden: (v) => [v.split(':')[1] ?? v],
  },
  stripe: {
    value: (dice) => `sk_live_51${dice.text(BASE62, 97)}`,
    in: [
      (v) => `Invalid API Key provided: ${v}`,
      (v) => `curl https://api.stripe.com/v1/charges -u ${v}:`,
      (v) => `Stripe.api_key = '${v}'`,
      (v) => `rk=${v}`,
    ],
  },
  'stripe endpoint secret': {
    value: (dice) => `whsec_${dice.text(BASE62, 32)}`,
    in: [(v) => `No signatures found matching the expected signature for payload (secret ${v})`, (v) => `endpoint_secret=${v}`],
  },
  'twilio auth token': {
    value: (dice) => dice.text(HEX, 32),
    in: [
      (v, dice) => `TWILIO_ACCOUNT_SID=AC${dice.text(HEX, 32)} TWILIO_AUTH_TOKEN=${v}`,
      (v, dice) =>
        `curl -X POST https://api.twilio.com/2010-04-01/Accounts/AC${dice.text(HEX, 32)}/Messages.json -u AC${dice.text(HEX, 32)}:${v}`,
      (v, dice) => `new Twilio("AC${dice.text(HEX, 32)}", "${v}")`,
    ],
  },
  'twilio api key': { value: (dice) => `SK${dice.text(HEX, 32)}`, in: [(v) => `twilio: 401 for key ${v}`, (v) => `sid ${v} revoked`] },
  sendgrid: {
    value: (dice) => `SG.${dice.text(URL64, 22)}.${dice.text(URL64, 43)}`,
    in: [(v) => `smtp AUTH PLAIN apikey ${v}`, (v) => `MAIL_PASS="${v}"`, (v) => `sgMail.setApiKey(${v})`],
  },
  mailgun: {
    value: (dice) => `${dice.text(HEX, 32)}-${dice.text(HEX, 8)}-${dice.text(HEX, 8)}`,
    in: [
      (v) => `curl -s --user 'api:${v}' https://api.mailgun.net/v3/shop/messages`,
      (v) => `MAILGUN_API_KEY=${v}`,
      (v) => `mailgun.apiKey -> ${v}`,
    ],
  },
  npm: {
    value: (dice) => `npm_${dice.text(BASE62, 36)}`,
    in: [
      (v) => `//registry.npmjs.org/:_authToken=${v}`,
      (v) => `npm ERR! 401 Unauthorized - PUT https://registry.npmjs.org/x - token ${v}`,
      (v) => `npm config set "//npm.corp/:_authToken" "${v}"`,
    ],
  },
  'npm legacy auth': {
    value: (dice) => base64(`deploy:${word(dice)}`),
    in: [(v) => `//npm.corp/:_auth=${v}`, (v) => `_auth = "${v}"\nemail = ci@corp.io`],
  },
  'npm legacy token': { value: (dice) => uuid(dice), in: [(v) => `//npm.corp/:_authToken=${v}`, (v) => `_authToken: ${v}`] },
  pypi: {
    value: (dice) => `pypi-AgEIcHlwaS5vcmc${dice.text(URL64, 150)}`,
    in: [(v) => `[pypi]\nusername = __token__\npassword = ${v}`, (v) => `twine upload -u __token__ -p ${v} dist/*`],
  },
  'private index url': {
    value: (dice) => word(dice),
    in: [
      (v) => `pip install --extra-index-url https://build:${v}@pypi.corp/simple/ shop`,
      (v) => `bundle config gems.corp build:${v}`,
      (v) => `GOPROXY=https://build:${v}@goproxy.corp,direct`,
    ],
  },
  huggingface: {
    value: (dice) => `hf_${dice.text(BASE62, 34)}`,
    in: [(v) => `huggingface-cli login --token ${v}`, (v) => `Invalid user token: ${v}`, (v) => `use_auth_token='${v}'`],
  },
  openai: {
    value: (dice) => `sk-proj-${dice.text(URL64, 60)}T3BlbkFJ${dice.text(URL64, 60)}`,
    in: [
      (v) =>
        `openai.AuthenticationError: Error code: 401 - Incorrect API key provided: ${v}. You can find your API key at https://platform.openai.com`,
      (v) => `OpenAI(api_key=SecretStr('${v}'))`,
      (v) => `headers={'authorization': b'Bearer ${v}'}`,
    ],
  },
  anthropic: {
    value: (dice) => `sk-ant-api03-${dice.text(URL64, 93)}AA`,
    in: [(v) => `x-api-key: ${v}`, (v) => `ANTHROPIC_API_KEY is set to "${v}"`, (v) => `'X-Api-Key', '${v}'`],
  },
  'azure openai key': {
    value: (dice) => dice.text(HEX, 32),
    in: [
      (v) => `POST /openai/deployments/gpt/chat/completions api-key: ${v}`,
      (v) => `AZURE_OPENAI_API_KEY=${v}`,
      (v) => `Ocp-Apim-Subscription-Key: ${v}`,
    ],
  },
  'other model providers': {
    value: (dice) => `${dice.pick(['gsk_', 'xai-', 'r8_', 'pplx-', 'fw_', 'sk-or-v1-'])}${dice.text(BASE62, 48)}`,
    in: [(v) => `provider said 401 to ${v}`, (v) => `LLM_KEY: ${v}`],
  },
  'docker config': {
    value: (dice) => base64(`ci-bot:${chosen(dice)}`),
    in: [
      (v) => `{"auths":{"registry.corp":{"auth":"${v}"}}}`,
      (v) => `.dockerconfigjson: ${base64(`{"auths":{"registry.corp":{"auth":"${v}"}}}`)}`,
      (v) => `X-Registry-Auth: ${base64(`{"username":"ci","password":"${v}"}`)}`,
    ],
    hidden: (v) => [v, ...wrapped(v)],
  },
  'docker login': {
    value: word,
    in: [
      (v) => `docker login registry.corp -u ci -p ${v}`,
      (v) => `docker login --username=ci --password=${v} registry.corp`,
      (v) => `echo ${v} | docker login registry.corp --username ci --password-stdin`,
      (v) => `helm registry login -u ci -p '${v}' registry.corp`,
    ],
  },
  'swarm join token': {
    value: (dice) => `SWMTKN-1-${dice.text(LOWER + DIGIT, 50)}-${dice.text(LOWER + DIGIT, 25)}`,
    in: [(v) => `docker swarm join --token ${v} 10.0.0.1:2377`, (v) => `To add a worker, use ${v}`],
  },
  'kubeconfig key': {
    value: (dice) => base64(`-----BEGIN RSA PRIVATE KEY-----\n${dice.text(BASE64, 64)}\n`),
    in: [
      (v) => `users:\n- name: admin\n  user:\n    client-certificate-data: LS0tLS1CRUdJTi\n    client-key-data: ${v}`,
      (v) => `{"client-key-data":"${v}"}`,
      (v) => `clientKeyData=${v}`,
    ],
  },
  'kubeconfig token': {
    value: (dice) => dice.text(BASE62, 40),
    in: [
      (v) => `users:\n- name: ci\n  user:\n    token: ${v}\ncontexts: []`,
      (v) => `kubectl --server=https://10.0.0.1:6443 --token=${v} get pods`,
      (v) => `kubectl config set-credentials ci --token ${v}`,
    ],
  },
  'kubernetes secret': {
    value: (dice) => base64(chosen(dice)),
    in: [
      (v) => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  username: YXBw\n  db-pass: ${v}`,
      (v) => `{"kind":"Secret","data":{"DB_PASS":"${v}","DB_USER":"YXBw"},"metadata":{"name":"db"}}`,
      (v) => `kubectl create secret generic db --from-literal=password=${v} -n shop`,
      (v) => `kind: Secret\ndata:\n  config.ini: ${v}AAAA\n`,
    ],
  },
  'service account token': {
    value: jwt,
    in: [
      (v) => `MountVolume token=${v}`,
      (v) => `Unable to authenticate the request err="invalid bearer token, ${v} expired"`,
      (v) => `id_token=${v}&state=af0`,
      (v) => `wss://shop.corp/ws?access_token=${v}`,
      (v) => `Set-Cookie: auth=${v}; HttpOnly`,
      (v) => `jwt malformed: "${v.slice(0, 90)}`,
    ],
    hidden: (v) => [(v.split('.')[1] ?? v).slice(0, 24)],
  },
  'bootstrap token': {
    value: (dice) => `${dice.text(LOWER + DIGIT, 6)}.${dice.text(LOWER + DIGIT, 16)}`,
    in: [
      (v) => `kubeadm join 10.0.0.1:6443 --token ${v} --discovery-token-ca-cert-hash sha256:${'ab'.repeat(32)}`,
      (v) => `bootstrap-token=${v}`,
    ],
  },
  vault: {
    value: (dice) => `hvs.${dice.text(BASE62, 24)}`,
    in: [(v) => `X-Vault-Token: ${v}`, (v) => `Initial Root Token: ${v}`, (v) => `vault login ${v}`],
  },
  'vault old token': {
    value: (dice) => `s.${dice.text(BASE62, 24)}`,
    in: [(v) => `VAULT_TOKEN=${v}`, (v) => `"client_token": "${v}"`, (v) => `X-Vault-Token: ${v}`],
  },
  'vault unseal key': {
    value: (dice) => `${dice.text(BASE64, 43)}=`,
    in: [(v) => `Unseal Key 1: ${v}`, (v) => `vault operator unseal ${v}`],
  },
  'vault approle': { value: uuid, in: [(v) => `role_id=x secret_id=${v}`, (v) => `{"role_id":"x","secret_id":"${v}"}`] },
  consul: {
    value: uuid,
    in: [(v) => `X-Consul-Token: ${v}`, (v) => `CONSUL_HTTP_TOKEN=${v}`, (v) => `X-Nomad-Token: ${v}`],
  },
  'consul gossip key': {
    value: (dice) => `${dice.text(BASE64, 43)}=`,
    in: [(v) => `encrypt = "${v}"`, (v) => `consul agent -encrypt=${v}`],
  },
  heroku: { value: uuid, in: [(v) => `HEROKU_API_KEY=${v}`, (v) => `machine api.heroku.com\n  login ci@corp.io\n  password ${v}`] },
  datadog: {
    value: (dice) => dice.text(HEX, 32),
    in: [
      (v) => `DD-API-KEY: ${v}`,
      (v) => `https://app.datadoghq.com/api/v1/validate?api_key=${v}`,
      (v) => `datadog agent: api key ending with ${v} is invalid`,
      (v) => `dd_app_key: ${v}`,
    ],
  },
  'sentry dsn': {
    value: (dice) => dice.text(HEX, 32),
    in: [
      (v) => `SENTRY_DSN=https://${v}@o4501.ingest.sentry.io/4505`,
      (v) => `Sentry initialised with dsn https://${v}:${v}@sentry.corp/3`,
      (v) => `X-Sentry-Auth: Sentry sentry_version=7, sentry_key=${v}, sentry_client=raven/1`,
    ],
  },
  pagerduty: {
    value: (dice) => dice.text(HEX, 32),
    in: [
      (v) => `{"routing_key":"${v}","event_action":"trigger"}`,
      (v) => `pagerduty_configs:\n- service_key: ${v}`,
      (v) => `integration_key=${v}`,
      (v) => `Authorization: Token token=${v}`,
    ],
  },
  opsgenie: { value: uuid, in: [(v) => `Authorization: GenieKey ${v}`, (v) => `opsgenie_api_key: ${v}`] },
  'splunk hec': { value: uuid, in: [(v) => `Authorization: Splunk ${v}`, (v) => `splunk-token=${v}`] },
  'new relic': {
    value: (dice) => `${dice.text(HEX, 36)}NRAL`,
    in: [(v) => `NEW_RELIC_LICENSE_KEY=${v}`, (v) => `newrelic: license ${v} rejected`],
  },
  grafana: {
    value: (dice) => `glsa_${dice.text(BASE62, 32)}_${dice.text(HEX, 8)}`,
    in: [(v) => `GF_TOKEN ${v}`, (v) => `https://grafana.corp/api?auth_token=${v}`],
  },
  'grafana old key': {
    value: (dice) => base64(`{"k":"${dice.text(BASE62, 32)}","n":"ci","id":1}`),
    in: [(v) => `Authorization: Bearer ${v}`, (v) => `grafana key ${v} is deprecated`],
  },
  honeycomb: {
    value: (dice) => dice.text(BASE62, 22),
    in: [(v) => `x-honeycomb-team: ${v}`, (v) => `OTEL_EXPORTER_OTLP_HEADERS=x-honeycomb-team=${v}`],
  },
  fastly: { value: (dice) => dice.text(URL64, 32), in: [(v) => `Fastly-Key: ${v}`, (v) => `FASTLY_API_TOKEN='${v}'`] },
  cloudflare: {
    value: (dice) => dice.text(URL64, 40),
    in: [
      (v) => `CF_API_TOKEN=${v}`,
      (v) => `X-Auth-Key: ${v}`,
      (v) => `dns_cloudflare_api_token = ${v}`,
      (v) => `cloudflared tunnel run --token ${v}`,
    ],
  },
  algolia: {
    value: (dice) => dice.text(HEX, 32),
    in: [(v) => `x-algolia-api-key: ${v}`, (v) => `x-algolia-api-key=${v}&x-algolia-application-id=LATENCY`],
  },
  tailscale: {
    value: (dice) => `tskey-auth-k${dice.text(BASE62, 11)}-${dice.text(BASE62, 32)}`,
    in: [(v) => `tailscale up --authkey ${v}`, (v) => `TS_AUTHKEY=${v}`],
  },
  launchdarkly: { value: (dice) => `sdk-${uuid(dice)}`, in: [(v) => `LAUNCHDARKLY_SDK_KEY=${v}`, (v) => `ldclient.init("${v}")`] },
  linear: { value: (dice) => `lin_api_${dice.text(BASE62, 40)}`, in: [(v) => `linear said no to ${v}`] },
  sonar: {
    value: (dice) => `sq${dice.pick(['u', 'p', 'a'])}_${dice.text(HEX, 40)}`,
    in: [(v) => `mvn sonar:sonar -Dsonar.login=${v}`, (v) => `sonar-scanner ${v}`],
  },
  artifactory: { value: (dice) => `AKCp${dice.text(BASE62, 69)}`, in: [(v) => `X-JFrog-Art-Api: ${v}`, (v) => `jf config ${v}`] },
  jenkins: {
    value: (dice) => `11${dice.text(HEX, 32)}`,
    in: [(v) => `curl -X POST https://ana:${v}@jenkins.corp/job/x/build`, (v) => `JENKINS_API_TOKEN: ${v}`],
  },
  okta: { value: (dice) => `00${dice.text(URL64, 40)}`, in: [(v) => `Authorization: SSWS ${v}`, (v) => `okta.client.token=${v}`] },
  elasticsearch: {
    value: (dice) => base64(`${dice.text(URL64, 20)}:${dice.text(URL64, 22)}`),
    in: [(v) => `Authorization: ApiKey ${v}`, (v) => `{"encoded":"${v}"}`],
  },
  influx: {
    value: (dice) => `${dice.text(URL64, 86)}==`,
    in: [(v) => `INFLUX_TOKEN=${v}`, (v) => `Authorization: Token ${v}`, (v) => `influx write -t ${v}`],
  },
  clickhouse: {
    value: word,
    in: [
      (v) => `X-ClickHouse-Key: ${v}`,
      (v) => `clickhouse-client --host ch --password ${v}`,
      (v) => `http://ch:8123/?user=app&password=${v}&query=SELECT+1`,
    ],
  },
  firebase: {
    value: (dice) => `AAAA${dice.text(URL64, 7)}:APA91b${dice.text(URL64, 134)}`,
    in: [(v) => `Authorization: key=${v}`, (v) => `fcm server key ${v}`],
  },
  shopify: { value: (dice) => `shpat_${dice.text(HEX, 32)}`, in: [(v) => `X-Shopify-Access-Token: ${v}`] },
  airtable: { value: (dice) => `pat${dice.text(BASE62, 14)}.${dice.text(HEX, 64)}`, in: [(v) => `airtable 401 ${v}`] },
  dropbox: { value: (dice) => `sl.${dice.text(URL64, 130)}`, in: [(v) => `dropbox.Dropbox("${v}")`] },
  yandex: { value: (dice) => `AQVN${dice.text(URL64, 36)}`, in: [(v) => `Authorization: Api-Key ${v}`, (v) => `yc key ${v}`] },
  mapbox: {
    value: (dice) => `sk.eyJ1IjoiYW5h${dice.text(URL64, 60)}.${dice.text(URL64, 22)}`,
    in: [(v) => `https://api.mapbox.com/styles?access_token=${v}`],
  },
  'postgres dsn': {
    value: chosen,
    in: [
      (v) => `psycopg2.OperationalError: could not connect: host=db user=app password=${v} dbname=shop`,
      (v) => `postgresql+asyncpg://app:${encodeURIComponent(v)}@db/shop`,
      (v) => `PGPASSWORD=${v} psql -h db -U app shop -c 'select 1'`,
      (v) => `db:5432:shop:app:${v.replaceAll(':', '\\:')}`,
      (v) => `primary_conninfo = 'user=repl password=${v} host=db-0 port=5432'`,
      (v) => `jdbc:postgresql://db:5432/shop?user=app&password=${encodeURIComponent(v)}&ssl=true`,
    ],
    hidden: (v) => [v, encodeURIComponent(v), v.replaceAll(':', '\\:')],
  },
  'mysql dsn': {
    value: word,
    in: [
      (v) => `app:${v}@tcp(mysql-0.mysql:3306)/shop?parseTime=true`,
      (v) => `mysql -uapp -p${v} -h db shop < dump.sql`,
      (v) => `mysql --user=app --password='${v}' shop`,
      (v) => `[client]\nuser=app\npassword="${v}"`,
      (v) => `CHANGE MASTER TO MASTER_HOST='db-1', MASTER_USER='repl', MASTER_PASSWORD='${v}', MASTER_LOG_POS=4`,
      (v) => `SET PASSWORD FOR 'app'@'%' = PASSWORD('${v}')`,
      (v) => `GRANT ALL ON shop.* TO 'app'@'%' IDENTIFIED BY "${v}"`,
    ],
  },
  'mongo dsn': {
    value: word,
    in: [
      (v) => `MongoServerSelectionError: mongodb://app:${v}@mongo-0:27017,mongo-1:27017/shop?replicaSet=rs0`,
      (v) => `mongosh --username app --password ${v} --authenticationDatabase admin`,
      (v) => `db.createUser({user: "app", pwd: "${v}", roles: []})`,
      (v) => `db.auth('app', '${v}')`,
    ],
  },
  redis: {
    value: word,
    in: [
      (v) => `rediss://default:${v}@cache.corp:6380`,
      (v) => `AUTH ${v}`,
      (v) => `redis-cli --pass ${v} ping`,
      (v) => `1770087845.1 [0 10.0.0.5:4242] "AUTH" "default" "${v}"`,
      (v) => `CONFIG SET requirepass ${v}`,
      (v) => `cache.corp:6380,password=${v},ssl=True,abortConnect=False`,
      (v) => `ACL SETUSER app on >${v} ~* +@all`,
    ],
  },
  'amqp and kafka': {
    value: word,
    in: [
      (v) => `amqps://app:${v}@mq.corp:5671/%2Fshop`,
      (v) => `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="app" password="${v}";`,
      (v) => `ssl.keystore.password = ${v}`,
      (v) => `rabbitmqctl add_user app ${v}`,
      (v) => `rabbitmqctl change_password app '${v}'`,
      (v) => `sasl_plain_password='${v}', security_protocol='SASL_SSL'`,
    ],
  },
  'mssql and oracle': {
    value: word,
    in: [
      (v) => `Data Source=db;Initial Catalog=shop;User ID=app;Pwd=${v};Connect Timeout=15`,
      (v) => `sqlcmd -S db -U sa -P ${v} -Q "select 1"`,
      (v) => `sqlplus app/${v}@//db:1521/SHOP`,
      (v) => `jdbc:sqlserver://db:1433;databaseName=shop;user=app;password=${v};encrypt=true`,
      (v) => `CREATE LOGIN app WITH PASSWORD = N'${v}'`,
      (v) => `Provider=SQLOLEDB;Data Source=db;UID=app;PWD={${v}}`,
    ],
  },
  'ldap and mail': {
    value: word,
    in: [
      (v) => `ldapsearch -x -D cn=admin,dc=corp -w ${v} -b dc=corp`,
      (v) => `bind_password: ${v}`,
      (v) => `olcRootPW: ${v}`,
      (v) => `smtp_auth_password '${v}'`,
      (v) => `LOGIN ana@corp.io ${v}`,
      (v) => `a1 LOGIN ana "${v}"`,
      (v) => `PASS ${v}`,
      (v) => `smtps://mailer:${v}@smtp.corp:465`,
      (v) => `AUTH PLAIN ${base64(`\0mailer\0${v}`)}`,
    ],
    hidden: (v) => [v, base64(`\0mailer\0${v}`)],
  },
  'basic auth url': {
    value: word,
    in: [
      (v) => `probe https://monitor:${v}@checkout.corp/health failed`,
      (v) => `Get "http://admin:${v}@10.0.0.8:9200/_cluster/health": EOF`,
      (v) => `HTTP_PROXY=http://proxyuser:${v}@proxy.corp:3128`,
      (v) => `remote_write url=https://123456:${v}@prometheus-prod.grafana.net/api/prom/push`,
      (v) => `ftp://upload:${v}@files.corp/in`,
      (v) => `rtsp://cam:${v}@10.0.0.9/stream`,
      (v) => `https%3A%2F%2Fmonitor%3A${v}%40checkout.corp%2Fhealth`,
      (v) => `https:\\/\\/monitor:${v}@checkout.corp\\/health`,
    ],
  },
  'authorization header': {
    value: (dice) => dice.text(BASE62, 32),
    in: [
      (v) => `> Authorization: Bearer ${v}`,
      (v) => `authorization=[Bearer ${v}]`,
      (v) => `map[Accept:[*/*] Authorization:[Bearer ${v}] User-Agent:[Go-http-client/1.1]]`,
      (v) => `{"name":"Authorization","value":"Bearer ${v}"}`,
      (v) => `"authorization" => "Bearer ${v}"`,
      (v) => `[('Authorization', 'Bearer ${v}'), ('Accept', '*/*')]`,
      (v) => `grpc metadata: authorization=bearer ${v}, :path=/shop.Pay`,
      (v) => `-H "Proxy-Authorization: Bearer ${v}"`,
      (v) => `HTTP_AUTHORIZATION=Bearer ${v}`,
      (v) => `Authorization%3A%20Bearer%20${v}`,
      (v) => `\\"Authorization\\":\\"Bearer ${v}\\"`,
      (v) => `request.header.authorization: "Bearer ${v}"`,
    ],
  },
  'basic header': {
    value: (dice) => base64(`svc:${chosen(dice)}`),
    in: [
      (v) => `Authorization: Basic ${v}`,
      (v) => `http.extraheader=AUTHORIZATION: basic ${v}`,
      (v) => `auth: {basic: ${v}}`,
      (v) => `'Basic ${v}'`,
    ],
  },
  'digest header': {
    value: (dice) => dice.text(HEX, 32),
    in: [(v) => `Authorization: Digest username="ana", realm="corp", nonce="x", uri="/", response="${v}", opaque="y"`],
  },
  'cookie header': {
    value: (dice) => dice.text(BASE62, 26),
    in: [
      (v) => `Cookie: _ga=GA1.2.1; connect.sid=s%3A${v}; theme=dark`,
      (v) => `{"cookie":"locale=de; __Host-session=${v}"}`,
      (v) => `"Cookie": ["session=${v}"]`,
      (v) => `curl 'https://shop.corp/cart' -b 'sid=${v}'`,
      (v) => `Set-Cookie: remember_me=${v}; Expires=Wed, 04 Feb 2026 03:04:05 GMT; Secure`,
      (v) => `cookies={'sessionid': '${v}', 'lang': 'de'}`,
      (v) => `laravel_session=${v}`,
      (v) => `cookie header was "PHPSESSID=${v}"`,
    ],
  },
  'private key': {
    value: (dice) => dice.text(BASE64, 64),
    in: [
      (v, dice) =>
        [
          `-----BEGIN RSA PRIVATE KEY-----`,
          `Proc-Type: 4,ENCRYPTED`,
          `DEK-Info: AES-256-CBC,00`,
          '',
          ...pem(dice),
          v,
          `-----END RSA PRIVATE KEY-----`,
        ].join('\n'),
      (v, dice) => `tls.key: "-----BEGIN EC PRIVATE KEY-----\\r\\n${pem(dice).join('\\r\\n')}\\r\\n${v}\\r\\n-----END EC PRIVATE KEY-----"`,
      (v, dice) => `-----BEGIN OPENSSH PRIVATE KEY----- ${pem(dice).join(' ')} ${v} -----END OPENSSH PRIVATE KEY-----`,
      (v, dice) =>
        `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n${pem(dice).join('\n')}\n${v}\n=aBcD\n-----END PGP PRIVATE KEY BLOCK-----`,
      (v, dice) =>
        ['time=1 msg="-----BEGIN PRIVATE KEY-----"', ...pem(dice).map((one) => `time=1 msg="${one}"`), `time=1 msg="${v}"`].join('\n'),
      (v, dice) =>
        `KEY=-----BEGIN%20PRIVATE%20KEY-----%0A${[...pem(dice), v].map(encodeURIComponent).join('%0A')}%0A-----END%20PRIVATE%20KEY-----`,
      (v, dice) =>
        ['> -----BEGIN PRIVATE KEY-----', ...[...pem(dice), v].map((one) => `> ${one}`), '> -----END PRIVATE KEY-----'].join('\n'),
      (v, dice) => `private_key: ${base64(['-----BEGIN PRIVATE KEY-----', ...pem(dice), v].join('\n'))}`,
    ],
    hidden: (v) => [v, encodeURIComponent(v), ...wrapped(v)],
  },
  'wireguard and others': {
    value: (dice) => `${dice.text(BASE64, 43)}=`,
    in: [
      (v) => `[Interface]\nPrivateKey = ${v}\nAddress = 10.9.0.2/32`,
      (v) => `PresharedKey = ${v}`,
      (v) => `wg set wg0 private-key <(echo ${v})`,
    ],
  },
  'tls key log': {
    value: (dice) => dice.text(HEX, 96),
    in: [(v, dice) => `CLIENT_RANDOM ${dice.text(HEX, 64)} ${v}`, (v, dice) => `SERVER_TRAFFIC_SECRET_0 ${dice.text(HEX, 64)} ${v}`],
  },
  'password files': {
    value: (dice) => dice.text(`./${BASE62}`, 40),
    in: [
      (v) => `root:$6$saltsalt$${v}${v}.:19000:0:99999:7:::`,
      (v) => `ana:$apr1$${v.slice(0, 8).replaceAll('/', 'a')}$${v.slice(0, 22)}`,
      (v) => `hash=$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$${v.replaceAll('.', 'a')}`,
      (v) => `pbkdf2_sha256$600000$salt$${v.replaceAll('.', 'a')}=`,
      (v) => `scrypt:32768:8:1$salt$${v.replaceAll('.', 'a').replaceAll('/', 'b')}`,
      (v) => `ana:{SSHA}${v.replaceAll('.', 'a')}`,
    ],
    hidden: (v) => [v.slice(0, 20), v.slice(0, 20).replaceAll('.', 'a'), v.slice(0, 20).replaceAll('.', 'a').replaceAll('/', 'b')],
  },
  'tools with passwords': {
    value: word,
    in: [
      (v) => `keytool -importcert -keystore /app/ks.jks -storepass ${v} -noprompt`,
      (v) => `java -Djavax.net.ssl.keyStorePassword=${v} -jar app.jar`,
      (v) => `openssl pkcs12 -in k.p12 -passin pass:${v} -nodes`,
      (v) => `gpg --batch --passphrase ${v} -d dump.gpg`,
      (v) => `zip -P ${v} out.zip dump.sql`,
      (v) => `sshpass -p${v} scp dump.sql ops@10.0.0.1:/tmp`,
      (v) => `echo '${v}' | sudo -S systemctl restart app`,
      (v) => `net use \\\\files\\share ${v} /user:corp\\ana`,
      (v) => `wget --http-password=${v} --http-user=ana https://files.corp/x`,
      (v) => `htpasswd -b /etc/nginx/.htpasswd ana ${v}`,
      (v) => `useradd -p ${v} deploy`,
      (v) => `echo "deploy:${v}" | chpasswd`,
      (v) => `ansible-playbook site.yml -e ansible_become_pass=${v}`,
      (v) => `az login --service-principal -u app -p ${v} --tenant corp`,
      (v) => `restic --password-command 'echo ${v}' snapshots`,
      (v) => `curl -u 'ana:${v}' https://jira.corp/rest/api/2/issue/OPS-1`,
      (v) => `curl --user=ana:${v} https://nexus.corp/`,
      (v) => `http -a ana:${v} POST https://api.corp/x`,
      (v) => `snmpwalk -v2c -c ${v} 10.0.0.1`,
      (v) => `net user ana ${v} /add`,
      (v) => `$cred = ConvertTo-SecureString "${v}" -AsPlainText -Force`,
      (v) => `setx DB_PASSWORD "${v}"`,
      (v) => `set DB_PASSWORD=${v}`,
    ],
  },
  'configuration forms': {
    value: chosen,
    in: [
      (v) => `spring.datasource.password: '${v}'`,
      (v) => `DATABASES = {'default': {'USER': 'app', 'PASSWORD': '${v}', 'HOST': 'db'}}`,
      (v) => `define('DB_PASSWORD', '${v}');`,
      (v) => `'password' => env('DB_PASSWORD', '${v}'),`,
      (v) => `variable "db_password" {\n  default = "${v}"\n}`,
      (v) => `  + password = "${v}"`,
      (v) => `-  password: ${v}\n+  password: changed`,
      (v) => `Environment="DB_PASSWORD=${v}"`,
      (v) => `ENV DB_PASSWORD ${v}`,
      (v) => `ARG NPM_PASSWORD="${v}"`,
      (v) => `<property name="hibernate.connection.password" value="${v}"/>`,
      (v) => `<add key="DbPassword" value="${v}" />`,
      (v) => `<server><id>nexus</id><username>ci</username><password>${v}</password></server>`,
      (v) => `&Config{User:"app", Password:"${v}", Timeout:30}`,
      (v) => `{User:app Password:${v} Host:db}`,
      (v) => `Config { user: "app", password: "${v}", port: 5432 }`,
      (v) => `Some(Password("${v}"))`,
      (v) => `DbConfig[user=app, password=${v}, port=5432]`,
      (v) => `{:user=>"app", :password=>"${v}"}`,
      (v) => `%{password: "${v}", user: "app"}`,
      (v) => `OrderedDict([('user', 'app'), ('password', '${v}')])`,
      (v) => `password -> "${v}"`,
      (v) => `helm upgrade shop ./chart --set db.password=${v},db.user=app`,
      (v) => `terraform apply -var="db_password=${v}"`,
      (v) => `arguments: [--db-user, app, --db-password, ${v}]`,
      (v) => `"command": ["app", "--db-password", "${v}"]`,
      (v) => `/usr/bin/app\u0000--db-password\u0000${v}\u0000`,
      (v) => `kwargs={'password': '${v}', 'retries': 3}`,
      (v) => `SELECT * FROM users WHERE email='x' AND password='${v}'`,
      (v) => `INSERT INTO users (name, password) VALUES ('ana', '${v}')`,
      (v) => `Parameters: {"user"=>{"login"=>"ana", "password"=>"${v}", "password_confirmation"=>"${v}"}}`,
      (v) => `login=ana&password=${encodeURIComponent(v)}&remember=1`,
      (v) => `%22password%22%3A%22${encodeURIComponent(v)}%22`,
      (v) => `{\\\\\\"password\\\\\\":\\\\\\"${v}\\\\\\"}`,
      (v) => `{"pass\\u0077ord":"${v}"}`,
      (v) => `\\x22password\\x22:\\x22${v}\\x22`,
      (v) => `&quot;password&quot;:&quot;${v}&quot;`,
      (v) => `mutation { login(user: "ana", password: "${v}") { id } }`,
      (v) => `password { value: "${v}" }`,
      (v) => `password:  >-\n    ${v}\n`,
      (v) => `ana's password is "${v}"`,
      (v) => `Your temporary password: ${v}`,
      (v) => `pw: ${v}`,
      (v) => `db_pw=${v}`,
      (v) => `mot_de_passe=${v}`,
      (v) => `Kennwort: ${v}`,
      (v) => `contraseña: ${v}`,
      (v) => `пароль: ${v}`,
      (v) => `密码: ${v}`,
    ],
    hidden: (v) => [v, encodeURIComponent(v)],
  },
  'telling names': {
    value: (dice) => dice.text(BASE62, 28),
    in: [
      (v) => `SIGNING_SALT=${v}`,
      (v) => `cookie_secret: ${v}`,
      (v) => `app.jwt.signingKey=${v}`,
      (v) => `erlang.cookie=${v}`,
      (v) => `PEPPER="${v}"`,
      (v) => `client_assertion=${v}`,
      (v) => `refresh_token: ${v}`,
      (v) => `magic link https://shop.corp/login/verify?token=${v}`,
      (v) => `https://shop.corp/reset-password/${v}`,
      (v) => `grant_type=authorization_code&code=${v}&redirect_uri=x`,
      (v) => `webhook_secret = ${v}`,
      (v) => `csrfmiddlewaretoken=${v}`,
      (v) => `X-CSRF-Token: ${v}`,
      (v) => `X-Api-Token: ${v}`,
      (v) => `X-Access-Token=${v}`,
      (v) => `api_secret_key:${v}`,
      (v) => `CLOUDINARY_URL=cloudinary://123456789012345:${v}@shop`,
      (v) => `"deviceToken":"${v}"`,
      (v) => `"sharedSecret" : "${v}"`,
      (v) => `RAILS_MASTER_KEY=${v}`,
      (v) => `otpauth://totp/corp:ana?secret=${v.toUpperCase().replace(/[01389]/g, 'A')}&issuer=corp`,
    ],
    hidden: (v) => [v, v.toUpperCase().replace(/[01389]/g, 'A')],
  },
  'wrapped tokens': {
    value: (dice) => `ghp_${dice.text(BASE62, 36)}`,
    in: [
      (v) => `payload=${base64(`{"token":"${v}","repo":"shop/checkout"}`)}`,
      (v) => base64(`export GITHUB_TOKEN=${v}\nmake deploy\n`),
      (v) => `token=${v.slice(0, 12)}\\n${v.slice(12)}`,
      (v) => `"t":"${v.slice(0, 3)}\\u005f${v.slice(4)}"`,
      (v) => `hex ${hexOf(`token=${v}`)}`,
      (v) => `%67%68%70%5F${v.slice(4)}`,
      (v) => `"ghp_" + "${v.slice(4)}"`,
      (v) => `b'${v}'`,
      (v) => `${v.slice(0, 4)}\u200b${v.slice(4)}`.replace('\u200b', ''),
      (v) => `Authorization: Basic ${base64(`x-access-token:${v}`)}`,
      (v) => `body="${encodeURIComponent(`{"token":"${v}"}`)}"`,
      (v) => `message: ${JSON.stringify(JSON.stringify({ token: v }))}`,
    ],
    hidden: (v) => [v, v.slice(4), v.slice(12), ...wrapped(v), hexOf(v)],
  },
  'one-time codes': {
    value: (dice) => dice.text(DIGIT, 6),
    in: [
      (v) => `otp=${v} accepted`,
      (v) => `Your verification code is ${v}`,
      (v) => `{"mfa_code":"${v}"}`,
      (v) => `pin: ${v}`,
      (v) => `totp_code=${v}`,
      (v) => `{"card":{"cvv":"${v.slice(0, 3)}","exp":"12/29"},"code2fa":"${v}"}`,
      (v) => `one-time password ${v} sent by SMS`,
    ],
  },
}

/** Each kind in each of its places, `rounds` times with new values. */
export const wildSecrets = (dice: Dice, rounds = 3): Wild[] =>
  Object.entries(KINDS).flatMap(([about, kind]) =>
    kind.in.flatMap((place, index) =>
      Array.from({ length: rounds }, () => {
        const value = kind.value(dice)
        const text = place(value, dice)
        const hidden = (kind.hidden?.(value) ?? [value]).filter((piece) => text.includes(piece))
        return { about: `${about} ${index}`, text, hidden: hidden.length > 0 ? hidden : [value] }
      }),
    ),
  )

/** What is left of it: a third of a hidden piece, and at least six characters, is a leak. */
export const leaks = (redacted: string, hidden: readonly string[]): boolean =>
  hidden.some((piece) => {
    const window = Math.min(piece.length, Math.max(6, Math.ceil(piece.length / 3)))
    for (let at = 0; at + window <= piece.length; at += 1) if (redacted.includes(piece.slice(at, at + window))) return true
    return false
  })
