/** Verbs by which a measured value rises. */
export const up =
  /\b(?:rose|risen|ris(?:es?|ing)|increas\w*|grew|grow(?:s|n|ing|th)?|climb\w*|jump\w*|spik(?:es?|ed|ing)|surg\w*|soar\w*|doubl(?:ed|es|ing)|tripl(?:ed|es)|quadrupl(?:ed|es)|shot up|up (?:from|by)|up(?= (?:about |almost |nearly |roughly |some |over |around |only |just )?[\d~])|(?:creep\w*|crept|go(?:es|ing)|went|gone|com(?:es|ing)|came|trend\w*|tick\w*|inch\w*|edg\w*|driv\w*|drove|push\w*|head\w*|mov\w*|shot|shoot\w*|ramp\w*|scal\w*(?: [\w-]+)?|br(?:ing\w*|ought)) up|worsened|higher than before|gain(?:s|ed|ing)|swell\w*|pil(?:ed|es|ing) up|fill(?:s|ed|ing)?(?= up| from)|buil(?:t|ds?|ding) up|accumulat\w*|mount(?:s|ed|ing)|swollen|balloon\w*|explod\w*|scaled (?:up|out)|accelerat\w*|skyrocket\w*|leap\w*|leapt)\b/gi
/** Verbs by which a measured value falls. */
export const down =
  /\b(?:(?:fell|fall(?:s|en|ing)?)(?! (?:behind|short|over|back|apart|through))|drop(?:s|ped|ping)?|decreas\w*|declin\w*|shr[iau]nk\w*|sank|sunk|halved|plung\w*|plummet\w*|down (?:from|by)|down(?= (?:about |almost |nearly |roughly |some |over |around |only |just )?[\d~])|(?:creep\w*|crept|go(?:es|ing)|went|gone|com(?:es|ing)|came|trend\w*|tick\w*|inch\w*|edg\w*|driv\w*|drove|push\w*|head\w*|mov\w*|shot|shoot\w*|ramp\w*|scal\w*(?: [\w-]+)?|br(?:ing\w*|ought)) down|lower than before|collapsed|tumbl\w*|(?<!\b(?:the|a|this|that|its|node|of) )drain(?:s|ed|ing)?|empt(?:ies|ied|ying)|(?:lost|loses|shed)(?= (?:all|half|most|about|over|another|two|three|four|five|six|seven|eight|nine|ten|twelve|\d))|slump\w*|dwindl\w*|scaled (?:down|in)|crashed (?:from|to)|dipp\w*|eas(?:ed|es|ing)|subsid\w*|nosediv\w*)\b/gi

/** Where the clauses of a sentence lie. */
export const clausesOf = (text: string): readonly { readonly from: number; readonly to: number }[] => {
  const found: { from: number; to: number }[] = []
  let from = 0
  for (const match of text.matchAll(
    /[;:](?!\d)|,(?!\d)|\.\s|\b(?:while|whereas|but|and|because|after|before|when|once|until|as|since|although)\b/gi,
  )) {
    found.push({ from, to: match.index })
    from = match.index + match[0].length
  }
  return [...found, { from, to: text.length }]
}

/** The clause that a place of a sentence stands in. */
export const clauseAt = (text: string, at: number): string => {
  const clause = clausesOf(text).find(({ to }) => to > at) ?? { from: 0, to: text.length }
  return text.slice(clause.from, clause.to)
}
