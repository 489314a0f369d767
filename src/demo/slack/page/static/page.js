// The only script of the page: takes what the server sends, and tells it what the person did. It makes no HTML of its own.

const me = document.body.dataset.me
const byId = (id) => document.getElementById(id)

/* Changes from the server */

const elementOf = (source) => {
  const template = document.createElement('template')
  template.innerHTML = source
  return template.content.firstElementChild
}

/** What a person has opened or typed in an element outlives its replacement. */
const keepState = (before, after) => {
  for (const [i, details] of [...before.querySelectorAll('details[data-key]')].entries()) {
    const twin = [...after.querySelectorAll('details[data-key]')][i]
    if (twin?.dataset.key === details.dataset.key && details.dataset.touched) {
      twin.open = details.open
      twin.dataset.touched = 'yes'
    }
  }
  for (const field of before.querySelectorAll('[data-field]')) {
    const { block, action } = field.closest('.element').dataset
    const twins = after.querySelectorAll(`.element[data-block="${CSS.escape(block)}"][data-action="${CSS.escape(action)}"] [data-field]`)
    for (const twin of twins) {
      if (twin.type !== field.type) continue
      if (field.type !== 'radio' && field.type !== 'checkbox') twin.value = field.value
      else if (twin.value === field.value) twin.checked = field.checked
    }
  }
}

const replace = (before, sent) => {
  if (before.dataset.digest === sent.digest) return before
  const after = elementOf(sent.html)
  keepState(before, after)
  before.replaceWith(after)
  return after
}

const patchList = (list, pieces) => {
  const keep = new Set(pieces.map((piece) => piece.id))
  for (const child of [...list.children]) if (!keep.has(child.id)) child.remove()
  let previous = null
  for (const piece of pieces) {
    let element = byId(piece.id)
    if (element === null) element = elementOf(piece.html)
    else if (piece.html !== undefined) element = replace(element, piece)
    const next = previous === null ? list.firstElementChild : previous.nextElementSibling
    if (next !== element) list.insertBefore(element, next)
    previous = element
  }
}

const patch = (event) => {
  const { pieces, lists } = JSON.parse(event.data)
  for (const piece of pieces) {
    const element = byId(piece.id)
    if (element !== null && piece.html !== undefined) replace(element, piece)
  }
  for (const [id, list] of Object.entries(lists)) {
    const element = byId(id)
    if (element === null) continue
    const pane = element.closest('.list')
    const isAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80
    patchList(element, list)
    if (isAtEnd) pane.scrollTop = pane.scrollHeight
  }
  localTimes()
  document.body.dataset.live = 'yes'
}

new EventSource(document.body.dataset.events).addEventListener('patch', patch)

/* Times in the reader's own zone */

const dateFormats = {
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  date_short: { day: 'numeric', month: 'short', year: 'numeric' },
  date_long: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  date_slash: { day: '2-digit', month: '2-digit', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit' },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  ago: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
}

const localTimes = () => {
  for (const time of document.querySelectorAll('time[data-format]')) {
    const date = new Date(time.dateTime)
    time.title = date.toString()
    time.textContent = time.dataset.format.replace(/\{([a-z_]+)\}/g, (whole, name) => {
      const isToday = date.toDateString() === new Date().toDateString()
      if (name.startsWith('date') && name.endsWith('_pretty') && isToday) return 'today'
      const options = dateFormats[name.replace(/_pretty$/, '')]
      return options === undefined ? whole : new Intl.DateTimeFormat('en-GB', options).format(date)
    })
    delete time.dataset.format
  }
}

/* What the person does */

const act = async (body) => {
  try {
    const response = await fetch('/act', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: me, ...body }),
    })
    return await response.json()
  } catch {
    return { ok: false, reason: 'the workspace does not answer' }
  }
}

/**
 * The same button as it stands now: its message may have been redrawn, with new block ids, while a menu or a question stood open.
 * Undefined when it is gone.
 */
const liveTwin = (control) => {
  if (control.isConnected) return control
  const { value, option } = control.dataset
  const { action } = control.closest('.element').dataset
  const twins = byId(control.closest('[id]')?.id)?.querySelectorAll(`.element[data-action="${CSS.escape(action)}"] [data-press]`) ?? []
  return [...twins].find((twin) => twin.dataset.value === value && twin.dataset.option === option)
}

/** Waits visibly at `control`; a refusal stands beside it until the next change of its message. */
const actAt = async (control, body) => {
  const host = control.closest('.element, .composer, .modal, .message') ?? document.body
  host.querySelector(':scope > .refusal')?.remove()
  control.classList.add('waiting')
  const answer = await act(body)
  control.classList.remove('waiting')
  if (!answer.ok) {
    const note = document.createElement('span')
    note.className = 'refusal'
    note.textContent = `⚠ ${answer.reason}`
    host.append(note)
  }
  return answer
}

const placeOf = (element) => {
  const view = element.closest('[data-view]')
  if (view !== null) return { viewId: view.dataset.view, ...(view.dataset.home === undefined ? {} : { home: true }) }
  const { channel, ts } = element.closest('[data-ts]').dataset
  return { channel, ts }
}

const press = (pressed, chosen) => {
  const control = liveTwin(pressed)
  if (control === undefined) return
  const element = control.closest('.element')
  const { block, action } = element.dataset
  return actAt(control, { act: 'press', ...placeOf(element), blockId: block, actionId: action, ...chosen })
}

/** Calls `go` at once, or after the person has confirmed. */
const confirmed = (control, go, back = () => {}) => {
  const template = control.closest('.element').querySelector(':scope > template')
  if (template === null) return go()
  const overlay = document.createElement('div')
  overlay.className = 'overlay'
  overlay.append(template.content.cloneNode(true))
  overlay.addEventListener('click', (event) => {
    if (event.target.closest('[data-confirm]')) go()
    else if (event.target.closest('[data-deny]') || event.target === overlay) back()
    else return
    overlay.remove()
  })
  byId('dialogs').append(overlay)
  overlay.querySelector('[data-deny]').focus()
}

const valuesOf = (form) => {
  const values = {}
  for (const element of form.querySelectorAll('.input.element')) {
    const fields = [...element.querySelectorAll('[data-field]')]
    const [first] = fields
    if (first === undefined) continue
    const ticked = fields.filter((field) => field.checked).map((field) => field.value)
    const { block, action } = element.dataset
    values[block] ??= {}
    if (first.type === 'checkbox') values[block][action] = ticked
    else if (first.type === 'radio') values[block][action] = ticked[0] ?? null
    else if (first.multiple) values[block][action] = [...first.selectedOptions].map((option) => option.value)
    else values[block][action] = first.value === '' ? null : first.value
  }
  return values
}

document.addEventListener('click', (event) => {
  const on = (selector) => event.target.closest(selector)
  const pressed = on('[data-press]')
  if (pressed !== null) {
    const { value, option } = pressed.dataset
    pressed.closest('details.menu')?.removeAttribute('open')
    return confirmed(pressed, () => press(pressed, option === undefined ? { value: value || undefined } : { selectedOption: option }))
  }
  const reaction = on('[data-react]')
  if (reaction !== null) return actAt(reaction, { act: 'react', ...placeOf(reaction), name: reaction.dataset.react })
  const shortcut = on('[data-shortcut]')
  if (shortcut !== null) {
    shortcut.closest('details').open = false
    return actAt(shortcut, { act: 'shortcut', ...placeOf(shortcut), callbackId: shortcut.dataset.shortcut })
  }
  const close = on('[data-close]')
  if (close !== null) return actAt(close, { act: 'close', ...placeOf(close) })
  const insert = on('[data-insert]')
  if (insert !== null) {
    const box = insert.closest('form').querySelector('textarea')
    if (!box.value.startsWith(insert.dataset.insert)) box.value = insert.dataset.insert + box.value
    box.focus()
  }
  const summary = on('summary')
  if (summary !== null) summary.parentElement.dataset.touched = 'yes'
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false
})

document.addEventListener(
  'toggle',
  (event) => {
    if (event.target.matches('details.menu[open]')) event.target.lastElementChild.scrollIntoView({ block: 'nearest' })
  },
  true,
)

document.addEventListener('change', async (event) => {
  const field = event.target
  if (field.matches('[data-as]')) {
    location.search = `?as=${field.value}`
  } else if (field.matches('[data-phone]')) {
    phoneView(field.checked)
  } else if (field.matches('[data-pick]')) {
    const ticked = [...field.closest('.element').querySelectorAll('[data-pick]:checked')].map((box) => box.value)
    const many = field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.type === 'checkbox' ? ticked : undefined
    confirmed(
      field,
      () => press(field, many === undefined ? { selectedOption: field.value } : { selectedOptions: many }),
      () => field.closest('form')?.reset(),
    )
  } else if (field.closest('.element')?.dataset.dispatch !== undefined) {
    const isText = field.matches('input[type=text], textarea')
    await press(field, isText ? { value: field.value } : { selectedOption: field.value })
  }
})

document.addEventListener('submit', async (event) => {
  const form = event.target
  if (form.matches('[data-compose]')) {
    event.preventDefault()
    const box = form.querySelector('textarea')
    const text = box.value.trim()
    if (text === '') return
    const { channel, thread } = form.dataset
    const answer = await actAt(form.querySelector('[type=submit]'), { act: 'say', channel, text, ...(thread ? { threadTs: thread } : {}) })
    if (answer.ok && box.value.trim() === text) box.value = ''
  } else if (form.matches('[data-view]')) {
    event.preventDefault()
    await actAt(form.querySelector('[type=submit]'), { act: 'submit', viewId: form.dataset.view, values: valuesOf(form) })
  }
})

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && event.target.matches('[data-compose] textarea')) {
    event.preventDefault()
    event.target.form.requestSubmit()
  }
  if (event.key === 'Escape') (document.querySelector('#dialogs [data-deny]') ?? document.querySelector('#modals [data-close]'))?.click()
})

/* The phone view is kept in the address, so that a link shows the same */

const phoneView = (isOn) => {
  document.body.classList.toggle('phone', isOn)
  for (const box of document.querySelectorAll('[data-phone]')) box.checked = isOn
  const address = new URL(location)
  if (isOn) address.searchParams.set('phone', '1')
  else address.searchParams.delete('phone')
  history.replaceState(null, '', address)
}

phoneView(new URL(location).searchParams.has('phone'))
localTimes()
for (const pane of document.querySelectorAll('.list')) pane.scrollTop = pane.scrollHeight
