/**
 * Chat completions as OpenAI defined them and llama-server, vLLM, LM Studio, Ollama's `/v1` and hosted
 * services speak them: https://platform.openai.com/docs/api-reference/chat/create
 */
import type { Json } from '../core/canonical.ts'
import { type BodyInput, type Content, memberOf, messagesOf, type Protocol } from './protocol.ts'

const common = (input: BodyInput) => ({
  model: input.model,
  messages: messagesOf(input.question),
  stream: false,
})

/** The protocol. The base address ends before `/chat/completions`, usually in `/v1`. */
export const openaiCompatible: Protocol = {
  path: '/chat/completions',
  bodies: [
    (input) => ({
      ...common(input),
      temperature: 0,
      max_tokens: input.maxOutputTokens,
      response_format: {
        type: 'json_schema',
        // Not strict: strict schemas allow no object with free members, and parameters differ by action.
        json_schema: { name: input.schemaName, strict: false, schema: input.schema },
      },
    }),
    (input) => ({
      ...common(input),
      temperature: 0,
      max_tokens: input.maxOutputTokens,
      response_format: { type: 'json_object' },
    }),
    // Reasoning models of hosted services refuse both `temperature` and `max_tokens`.
    (input) => ({
      ...common(input),
      max_completion_tokens: input.maxOutputTokens,
      response_format: { type: 'json_object' },
    }),
  ],
  contentOf: (reply: Json): Content => {
    const choices = memberOf(reply, 'choices')
    const [choice] = Array.isArray(choices) ? (choices as readonly Json[]) : []
    if (memberOf(choice, 'finish_reason') === 'length') return { because: 'it was cut at the token bound' }
    const content = memberOf(memberOf(choice, 'message'), 'content')
    return typeof content === 'string' ? { content } : { because: 'the reply holds no message' }
  },
  // llama-server names it by type, OpenAI by code: https://platform.openai.com/docs/guides/error-codes
  isTooLong: (reply: Json): boolean => {
    const error = memberOf(reply, 'error')
    return (
      memberOf(error, 'type') === 'exceed_context_size_error' ||
      memberOf(error, 'code') === 'context_length_exceeded'
    )
  },
}
