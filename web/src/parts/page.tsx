/** The frame of a page: its title, what it is for, its parts. */
import { Text, Title } from '@mantine/core'
import { type ReactNode, useEffect, useId } from 'react'
import { visibleText } from '../../../src/core/visible-text.ts'
import { useShownName } from '../session/workspaces.ts'

/** A page. The title is also the window's, with the workspace where there are several to tell apart. */
export function Page({
  title,
  about,
  aside,
  children,
}: {
  readonly title: string
  readonly about?: ReactNode
  readonly aside?: ReactNode
  readonly children: ReactNode
}) {
  const workspace = useShownName()
  useEffect(() => {
    const words = [title, ...(workspace === null ? [] : [workspace]), 'dbmedic']
    document.title = visibleText(words.join(' · '))
  }, [title, workspace])
  return (
    <>
      <div className="page-head">
        <div>
          <Title order={1} size="h2">
            {title}
          </Title>
          {about !== undefined && (
            <Text className="quiet" component="div">
              {about}
            </Text>
          )}
        </div>
        {aside}
      </div>
      {children}
    </>
  )
}

/** A part of a page, with a heading that names it. */
export function Part({
  title,
  aside,
  children,
}: {
  readonly title: string
  readonly aside?: ReactNode
  readonly children: ReactNode
}) {
  const id = useId()
  return (
    <section className="part" aria-labelledby={id}>
      <div className="part-head">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** A value longer than this takes the whole width, characters. */
const LONG = 60

/** Name and value, one below the other where it is narrow. */
export function Facts({ of }: { readonly of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {of.map(([name, value]) => (
        <div key={name} className={typeof value === 'string' && value.length > LONG ? 'wide' : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
