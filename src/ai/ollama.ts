/** Ollama's own chat protocol: https://github.com/ollama/ollama/blob/main/docs/api.md */
import type { Json } from '../core/canonical.ts'
import { type BodyInput, type Content, memberOf, messagesOf, type Protocol } from './protocol.ts'

/** Bytes of prompt one token stands for at least, in JSON and English. */
const BYTES_A_TOKEN = 3

const body = (input: BodyInput, format: Json): Json => ({
  model: input.model,
  messages: messagesOf(input.question),
  stream: false,
  format,
  options: {
    temperature: 0,
    num_predict: input.maxOutputTokens,
    // Without it Ollama takes its default window and cuts a longer prompt without a word.
    num_ctx: Math.ceil(input.maxPromptBytes / BYTES_A_TOKEN) + input.maxOutputTokens,
  },
})

/** The protocol. The base address ends before `/api`. */
export const ollama: Protocol = {
  path: '/api/chat',
  bodies: [(input) => body(input, input.schema), (input) => body(input, 'json')],
  contentOf: (reply: Json): Content => {
    if (memberOf(reply, 'done_reason') === 'length') return { because: 'it was cut at the token bound' }
    if (memberOf(reply, 'done') !== true) return { because: 'the reply is not finished' }
    const content = memberOf(memberOf(reply, 'message'), 'content')
    return typeof content === 'string' ? { content } : { because: 'the reply holds no message' }
  },
  // It is told how much to read (`num_ctx`) and has no error of its own for it.
  isTooLong: () => false,
}
