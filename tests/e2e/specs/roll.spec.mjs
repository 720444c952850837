/** People from a list: a file becomes accounts, slips are printed, and a slip leads to a seat. */
import { writeFileSync } from 'node:fs';
import { look } from '../lib/look.mjs';
import { expect, test } from '../lib/test.mjs';

test('a file of names becomes slips, and a slip becomes a seat', async ({ server, come }, info) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const { page } = keeper;
  await page.goto('/admin/members');
  await page.getByRole('link', { name: 'People from a list' }).click();
  await look(keeper, 'people-list');
  await page.goto('/guide/managers');
  await expect(page.locator('#chromium-policy')).toHaveValue(new RegExp(`"VideoCaptureAllowedUrls": \\[\\s+"${server.origin}"`));
  await look(keeper, 'managers');
  await page.goto('/admin/members/list');
  const file = info.outputPath('class.csv');
  // As a spreadsheet of western Europe saves it.
  writeFileSync(file, Buffer.from('Name;Email;Until\r\nZo\u00eb Lind;zoe@school.example;2099-07-31\r\nBen;;\r\nCleo;nobody;\r\n', 'latin1'));
  await page.locator('#file').setInputFiles(file);
  await expect(page.locator('#list')).toHaveValue(/Zoë Lind/);
  await page.getByRole('button', { name: 'Look at it first' }).click();
  await expect(page.locator('#verdict')).toContainText('2 people would get an account');
  await expect(page.getByText('Line 4')).toBeVisible();
  await look(keeper, 'people-looked');
  await page.locator('#list').fill((await page.locator('#list').inputValue()).replace('nobody', 'cleo@school.example'));
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('button', { name: 'Make 3 accounts' }).click();
  await expect(page.locator('.slip')).toHaveCount(3);
  await look(keeper, 'people-slips');
  const code = await page.locator('.slip', { hasText: 'Zoë Lind' }).locator('.slip-code').innerText();

  const zoe = await come('Zoë');
  await zoe.page.goto('/login');
  await zoe.page.getByRole('link', { name: 'code on a slip' }).click();
  await zoe.page.getByLabel('The code on it').fill(code.toLowerCase().replaceAll('-', ''));
  await look(zoe, 'slip-door');
  await zoe.page.getByRole('button', { name: 'Go on' }).click();
  await expect(zoe.page.getByRole('heading', { name: 'A seat is kept for you, Zoë Lind' })).toBeVisible();
  await look(zoe, 'slip-welcome');
  await zoe.page.getByLabel('Choose a password').fill('a lamp on the table');
  await zoe.page.getByLabel(/I've read how we treat/).check();
  await zoe.page.getByRole('button', { name: 'Take my seat' }).click();
  await expect(zoe.page).toHaveURL(/note=welcome/);
  await page.goto('/admin/members');
  await expect(page.locator('.member', { hasText: 'Zoë Lind' })).toContainText('until 31 July 2099');
});

test('a list is read whatever a spreadsheet saved it as, and what is no list is called so', async ({ server, come }, info) => {
  const keeper = await come('Keeper', { client: await server.setup() });
  const { page } = keeper;
  await page.goto('/admin/members/list');
  const list = page.locator('#list');
  const fault = page.locator('#file-fault');
  const choose = async (name, bytes) => {
    const path = info.outputPath(name);
    writeFileSync(path, bytes);
    await page.locator('#file').setInputFiles(path);
  };
  const text = 'Name\tEmail\r\nZo\u00eb Lind\tzoe@school.example\r\n';
  await choose('unicode.txt', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]));
  await expect(list).toHaveValue(/^Name\tEmail\nZoë Lind\t/);
  await list.fill('');
  await choose('unicode-be.txt', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]));
  await expect(list).toHaveValue(/Zoë Lind/);
  await expect(fault).toBeHidden();
  await choose('table.xlsx.csv', Buffer.from('PK\u0003\u0004\u0014\u0000xl/workbook.xml', 'latin1'));
  await expect(fault).toContainText('Save it as CSV');
  await expect(list).toHaveValue(/Zoë Lind/);
  await look(keeper, 'people-no-list');
  await choose('large.csv', 'name,email\n' + 'Somebody,x@school.example\n'.repeat(10_000));
  await expect(fault).toContainText('at most 500 people');
  await choose('sep.csv', '\ufeffsep=;\r\nName;Class;Email\r\nBen;7b;ben@school.example\r\n');
  await expect(fault).toBeHidden();
  await page.getByRole('button', { name: 'Look at it first' }).click();
  await expect(page.locator('#verdict')).toContainText('One person would get an account');
  await expect(page.getByText('Not read: Class')).toBeVisible();
  await look(keeper, 'people-not-read');
});
