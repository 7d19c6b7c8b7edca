// The lines of an order and their sum. Amounts never break: where they are too wide, the table scrolls, not the page.

import type { Order } from '../../client/index.ts';
import { formatMoney } from '../text/money.ts';
import { Section } from '../ui/section.tsx';

const cell = 'py-1.5 pl-2 sm:pl-3 text-right align-top whitespace-nowrap';
const productCell = 'min-w-16 py-1.5 text-left wrap-anywhere';

export function OrderItems({ order }: { order: Order }) {
  const { items, currency, total } = order;
  return (
    <Section title="Items">
      <div className="overflow-x-auto">
        <table className="w-full">
          <thead className="text-xs text-muted">
            <tr className="border-b border-line *:font-medium">
              <th scope="col" className={productCell}>
                Product
              </th>
              <th scope="col" className={cell}>
                Quantity
              </th>
              <th scope="col" className={cell}>
                Unit price
              </th>
              <th scope="col" className={cell}>
                Amount
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line has no identity but its place
              <tr key={index} className="border-b border-line">
                <td className={productCell}>{item.productId}</td>
                <td className={cell}>{item.quantity.toLocaleString()}</td>
                <td className={cell}>{formatMoney(item.unitPrice, currency)}</td>
                <td className={cell}>{formatMoney(BigInt(item.quantity) * BigInt(item.unitPrice), currency)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr className="font-semibold">
              <th scope="row" colSpan={3} className="py-1.5 text-left">
                Total
              </th>
              <td className={cell}>{formatMoney(total, currency)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Section>
  );
}
