import type { Receipt } from '../queue/receipt.ts';
import { print, printJson } from './output.ts';
import { receiptText } from './receipt-text.ts';

/** A receipt on standard output. */
export function printReceipt(receipt: Receipt, asJson: boolean): void {
  if (asJson) printJson(receipt);
  else print(receiptText(receipt));
}
