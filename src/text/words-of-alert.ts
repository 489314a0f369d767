type Spoken = { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }

/** All that an alert says of itself in words: its name, taken apart (`KubePodNotReady` is four), and its annotations. */
export const wordsOfAlert = ({ labels, annotations }: Spoken): string =>
  [labels['alertname'] ?? '', ...Object.values(annotations)].join(' ').replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
