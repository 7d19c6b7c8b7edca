// The lines of an order and their total. Amounts do not wrap; if they are too wide, the table scrolls horizontally
// instead of the page.

import type { Order } from '@order-workflow/client';
import { formatMoney } from '../format/money.ts';
import { Section } from '../ui/section.tsx';

const cellClasses = 'py-1.5 pl-2 sm:pl-3 text-right align-top whitespace-nowrap';
const productCellClasses = 'min-w-16 py-1.5 text-left wrap-anywhere';

/** The amount of a line is its quantity times its unit price. */
export function OrderItems({ order }: { order: Order }) {
  const { items, currency, total } = order;
  return (
    <Section title="Items">
      <div className="overflow-x-auto">
        <table className="w-full">
          <thead className="text-xs text-muted">
            <tr className="border-b border-line *:font-medium">
              <th scope="col" className={productCellClasses}>
                Product
              </th>
              <th scope="col" className={cellClasses}>
                Quantity
              </th>
              <th scope="col" className={cellClasses}>
                Unit price
              </th>
              <th scope="col" className={cellClasses}>
                Amount
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line has no id, only its position
              <tr key={index} className="border-b border-line">
                <td className={productCellClasses}>{item.productId}</td>
                <td className={cellClasses}>{item.quantity.toLocaleString()}</td>
                <td className={cellClasses}>{formatMoney(item.unitPrice, currency)}</td>
                <td className={cellClasses}>{formatMoney(BigInt(item.quantity) * BigInt(item.unitPrice), currency)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr className="font-semibold">
              <th scope="row" colSpan={3} className="py-1.5 text-left">
                Total
              </th>
              <td className={cellClasses}>{formatMoney(total, currency)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Section>
  );
}
