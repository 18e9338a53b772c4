export type FieldName = (string | number)[]

// fieldErrors sorts what a server says of fields: at those that a form has, by
// path or else by the last word of it, and the rest.
export function fieldErrors(said: { field: string; message: string }[], known: FieldName[]) {
  const at: { name: FieldName; errors: string[] }[] = []
  const rest: string[] = []
  for (const { field, message } of said) {
    const path = field.split(/[.[\]]+/).filter(Boolean)
    const name = known.find((k) => k.join('.') === path.join('.')) ?? known.find((k) => String(k.at(-1)) === path.at(-1)) ?? above(path, known)
    if (!name) {
      rest.push(message)
      continue
    }
    const there = at.find((a) => a.name === name)
    if (there) there.errors.push(message)
    else at.push({ name, errors: [message] })
  }
  return { at, rest }
}

// above finds the field that holds what the path names: options of options.ssl.
function above(path: string[], known: FieldName[]): FieldName | undefined {
  for (let n = path.length - 1; n > 0; n--) {
    const found = known.find((k) => k.join('.') === path.slice(0, n).join('.'))
    if (found) return found
  }
  return undefined
}
