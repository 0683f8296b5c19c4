/** A dialog over the page, with a title that names it. Esc and a press beside it close it. */
import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'

/** The dialog. The library's own header would be a second banner of the page. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  return (
    <Modal.Root opened onClose={onClose} lockScroll={false} centered>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body className="dialog">
          <Modal.Title>{title}</Modal.Title>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
