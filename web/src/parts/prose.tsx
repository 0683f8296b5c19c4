/** A paragraph of documentation in which `code` and **strong** words are marked, and nothing else. */
import { Text } from '@mantine/core'

const MARKED = /(`[^`]+`|\*\*[^*]+\*\*)/

/** The paragraph. */
export function Prose({ text }: { readonly text: string }) {
  return (
    <Text component="p" mb="xs">
      {text.split(MARKED).map((part, index) => {
        const key = `${index} ${part}`
        if (part.startsWith('`')) return <code key={key}>{part.slice(1, -1)}</code>
        if (part.startsWith('**')) return <strong key={key}>{part.slice(2, -2)}</strong>
        return part
      })}
    </Text>
  )
}
