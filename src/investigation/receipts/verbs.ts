/** Verbs by which a measured value rises. */
export const up =
  /\b(?:rose|risen|ris(?:es?|ing)|increas\w*|grew|grow(?:s|n|ing|th)?|climb\w*|jump\w*|spik(?:es?|ed|ing)|surg\w*|soar\w*|doubl(?:ed|es|ing)|tripl(?:ed|es)|quadrupl(?:ed|es)|shot up|up (?:from|by)|up(?= (?:about |almost |nearly |roughly |some |over |around |only |just )?[\d~])|(?:creep\w*|crept|go(?:es|ing)|went|gone|com(?:es|ing)|came|trend\w*|tick\w*|inch\w*|edg\w*|driv\w*|drove|push\w*|head\w*|mov\w*|shot|shoot\w*|ramp\w*|scal\w*(?: [\w-]+)?|br(?:ing\w*|ought)) up|worsened|higher than before|gain(?:s|ed|ing)|swell\w*|swollen|balloon\w*|explod\w*|scaled (?:up|out)|accelerat\w*|skyrocket\w*|leap\w*|leapt)\b/gi
/** Verbs by which a measured value falls. */
export const down =
  /\b(?:fell|fall(?:s|en|ing)?|drop(?:s|ped|ping)?|decreas\w*|declin\w*|shr[iau]nk\w*|sank|sunk|halved|plung\w*|plummet\w*|down (?:from|by)|down(?= (?:about |almost |nearly |roughly |some |over |around |only |just )?[\d~])|(?:creep\w*|crept|go(?:es|ing)|went|gone|com(?:es|ing)|came|trend\w*|tick\w*|inch\w*|edg\w*|driv\w*|drove|push\w*|head\w*|mov\w*|shot|shoot\w*|ramp\w*|scal\w*(?: [\w-]+)?|br(?:ing\w*|ought)) down|lower than before|collapsed|tumbl\w*|slump\w*|dwindl\w*|scaled (?:down|in)|crashed (?:from|to)|dipp\w*|eas(?:ed|es|ing)|subsid\w*|nosediv\w*)\b/gi

/** The clause that a place of a sentence stands in. */
export const clauseAt = (text: string, at: number): string => {
  let from = 0
  for (const match of text.matchAll(/[;:]|,(?!\d)|\.\s|\b(?:while|whereas|but|and|because|after|before|when|as|since|although)\b/gi)) {
    if (match.index >= at) return text.slice(from, match.index)
    from = match.index + match[0].length
  }
  return text.slice(from)
}
