import { type Drawn, permalink, type ThreadView } from '../drawing.ts'
import { whatAndWhere } from './subject.ts'
import { bold, context, knownLink, line, push, section } from './text.ts'

/** Vigil's own post for an alert that has none: what the alert says, and nothing that is concluded from it. */
export const ownCard = (view: ThreadView): Drawn => {
  const { incident, alerts, settings } = view
  const { hosts } = settings
  const { newest } = alerts
  const link = knownLink(newest?.generator_url, hosts)
  const facts = [
    line(incident.severity, hosts, 40),
    ...whatAndWhere(view),
    ...(link === undefined ? [] : [`<${link}|its rule in Prometheus>`]),
  ]
  const title = incident.title === incident.alertname ? [] : [line(incident.title, hosts, 300)]
  const labels = Object.entries(newest?.labels ?? {}).filter(([name]) => !SAID.has(name))
  return {
    text: push([`${incident.alertname} fired`, incident.title]),
    blocks: [
      section([`🔔 ${bold(incident.alertname, hosts)} · ${facts.join(' · ')}`, ...title].join('\n')),
      ...(labels.length === 0 ? [] : [context(line(labels.map(([name, value]) => `${name}=${value}`).join(' · '), hosts, 600))]),
    ],
  }
}

const SAID = new Set(['alertname', 'severity', 'namespace', 'service', 'cluster'])

/** The alert's own post came after all and carries the thread. */
export const cardMoved = (view: ThreadView): Drawn => {
  const { incident, settings } = view
  const link = permalink(settings.workspace, incident.channel ?? '', incident.thread_ts ?? '')
  return {
    text: push([`${incident.alertname}: the thread is under the alert's own post`]),
    blocks: [section(`↪ ${bold(incident.alertname, settings.hosts)}: the thread is under <${link}|the alert's own post>.`)],
  }
}
