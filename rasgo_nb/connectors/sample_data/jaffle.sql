-- Schema `jaffle`: a year of the Jaffle Shop, a chain of sandwich shops that does not exist, made with jafgen.
-- packed(name) reads the Parquet file `name` of this folder and adds file_row_number.
-- Ids are UUID. Money is in cents at the source; here it is in dollars as DECIMAL, which loses nothing.

CREATE SCHEMA jaffle;

CREATE TEMP MACRO uuid_of(high, low) AS (lpad(hex(high), 16, '0') || lpad(hex(low), 16, '0'))::UUID;
CREATE TEMP MACRO dollars(cents) AS (cents::DECIMAL(10, 0) * 0.01::DECIMAL(2, 2))::DECIMAL(10, 2);

CREATE TABLE jaffle.customers (
    id UUID PRIMARY KEY,
    name VARCHAR NOT NULL
);

CREATE TABLE jaffle.stores (
    id UUID PRIMARY KEY,
    name VARCHAR NOT NULL,
    opened_at TIMESTAMP NOT NULL,
    tax_rate DOUBLE NOT NULL
);

CREATE TABLE jaffle.products (
    sku VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    price DECIMAL(10, 2) NOT NULL,
    description VARCHAR NOT NULL
);

CREATE TABLE jaffle.supplies (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    cost DECIMAL(10, 2) NOT NULL,
    perishable BOOLEAN NOT NULL,
    sku VARCHAR NOT NULL REFERENCES jaffle.products (sku),
    PRIMARY KEY (id, sku)
);

CREATE TABLE jaffle.orders (
    id UUID PRIMARY KEY,
    customer UUID NOT NULL REFERENCES jaffle.customers (id),
    ordered_at TIMESTAMP NOT NULL,
    store_id UUID NOT NULL REFERENCES jaffle.stores (id),
    subtotal DECIMAL(10, 2) NOT NULL,
    tax_paid DECIMAL(10, 2) NOT NULL,
    order_total DECIMAL(10, 2) NOT NULL
);

CREATE TABLE jaffle.items (
    id UUID PRIMARY KEY,
    order_id UUID NOT NULL REFERENCES jaffle.orders (id),
    sku VARCHAR NOT NULL REFERENCES jaffle.products (sku)
);

CREATE TABLE jaffle.tweets (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES jaffle.customers (id),
    tweeted_at TIMESTAMP NOT NULL,
    content VARCHAR NOT NULL
);

CREATE TEMP VIEW customer_ids AS
SELECT file_row_number AS customer, uuid_of(high, low) AS customer_id FROM packed('customers');

CREATE TEMP VIEW order_ids AS
SELECT file_row_number AS order_number, uuid_of(high, low) AS order_id FROM packed('orders');

INSERT INTO jaffle.customers SELECT uuid_of(high, low), name FROM packed('customers');

INSERT INTO jaffle.stores SELECT uuid_of(high, low), name, opened_at, tax_rate FROM packed('stores');

INSERT INTO jaffle.products SELECT sku, name, type, dollars(price), description FROM packed('products');

INSERT INTO jaffle.supplies SELECT id, name, dollars(cost), perishable, sku FROM packed('supplies');

INSERT INTO jaffle.orders
WITH taxed AS (
    SELECT o.*, uuid_of(s.high, s.low) AS store_id, subtotal_dollars * 100 AS subtotal,
        subtotal * (tax_rate * 10000)::INTEGER // 10000 - tax_rounding AS tax_paid
    FROM packed('orders') AS o JOIN packed('stores') AS s ON s.file_row_number = store
)
SELECT uuid_of(high, low), customer_id, TIMESTAMP '2018-09-01' + to_minutes(minute_number), store_id,
    dollars(subtotal), dollars(tax_paid), dollars(subtotal + tax_paid)
FROM taxed JOIN customer_ids USING (customer)
ORDER BY file_row_number;

INSERT INTO jaffle.items
SELECT uuid_of(high, low), order_id, sku
FROM packed('items') JOIN order_ids USING (order_number)
ORDER BY file_row_number;

INSERT INTO jaffle.tweets
SELECT uuid_of(high, low), customer_id, TIMESTAMP '2018-09-01' + to_microseconds(microsecond_number), content
FROM packed('tweets') JOIN customer_ids USING (customer)
ORDER BY file_row_number;

DROP VIEW customer_ids;
DROP VIEW order_ids;

COMMENT ON TABLE jaffle.customers IS 'People who ordered at the Jaffle Shop; made up.';
COMMENT ON COLUMN jaffle.customers.id IS 'Id of the customer.';
COMMENT ON COLUMN jaffle.customers.name IS 'Full name of the customer. Not unique.';

COMMENT ON TABLE jaffle.stores IS 'The six shops, by city. Only Philadelphia and Brooklyn have orders; the others open after the year that the orders cover.';
COMMENT ON COLUMN jaffle.stores.id IS 'Id of the store.';
COMMENT ON COLUMN jaffle.stores.name IS 'City of the store.';
COMMENT ON COLUMN jaffle.stores.opened_at IS 'Day on which the store opened, at midnight.';
COMMENT ON COLUMN jaffle.stores.tax_rate IS 'Sales tax as a fraction: 0.06 is 6 per cent.';

COMMENT ON TABLE jaffle.products IS 'What the shops sell: five jaffles (toasted sandwiches) and five beverages.';
COMMENT ON COLUMN jaffle.products.sku IS 'Stock keeping unit, the key of a product: JAF-001 and on for jaffles, BEV-001 and on for beverages.';
COMMENT ON COLUMN jaffle.products.name IS 'Name of the product on the menu.';
COMMENT ON COLUMN jaffle.products.type IS 'Kind of product: jaffle or beverage.';
COMMENT ON COLUMN jaffle.products.price IS 'Price of one in US dollars, before tax.';
COMMENT ON COLUMN jaffle.products.description IS 'What is in the product.';

COMMENT ON TABLE jaffle.supplies IS 'What it takes to make each product, one row per supply and product. A supply that serves several products is repeated.';
COMMENT ON COLUMN jaffle.supplies.id IS 'Id of the supply. Not unique alone: the key is id and sku.';
COMMENT ON COLUMN jaffle.supplies.name IS 'Name of the supply.';
COMMENT ON COLUMN jaffle.supplies.cost IS 'Cost of the supply for one product sold, in US dollars.';
COMMENT ON COLUMN jaffle.supplies.perishable IS 'Whether the supply spoils.';
COMMENT ON COLUMN jaffle.supplies.sku IS 'Product that needs the supply.';

COMMENT ON TABLE jaffle.orders IS 'Orders, one row each, from 1 September 2018 to 31 August 2019. 466 orders have no items and a total of 0.';
COMMENT ON COLUMN jaffle.orders.id IS 'Id of the order.';
COMMENT ON COLUMN jaffle.orders.customer IS 'Id of the customer who ordered.';
COMMENT ON COLUMN jaffle.orders.ordered_at IS 'When the order was placed, to the minute, local time of the store.';
COMMENT ON COLUMN jaffle.orders.store_id IS 'Id of the store where the order was placed.';
COMMENT ON COLUMN jaffle.orders.subtotal IS 'Sum of the prices of the items in US dollars, before tax.';
COMMENT ON COLUMN jaffle.orders.tax_paid IS 'Sales tax in US dollars: subtotal times the tax rate of the store, rounded down, at times one cent lower.';
COMMENT ON COLUMN jaffle.orders.order_total IS 'Subtotal plus tax in US dollars.';

COMMENT ON TABLE jaffle.items IS 'Items of the orders, one row for each product sold; two of a product are two rows.';
COMMENT ON COLUMN jaffle.items.id IS 'Id of the item.';
COMMENT ON COLUMN jaffle.items.order_id IS 'Order that the item belongs to.';
COMMENT ON COLUMN jaffle.items.sku IS 'Product sold.';

COMMENT ON TABLE jaffle.tweets IS 'Short public posts of customers about their orders; made up.';
COMMENT ON COLUMN jaffle.tweets.id IS 'Id of the tweet.';
COMMENT ON COLUMN jaffle.tweets.user_id IS 'Id of the customer who wrote it.';
COMMENT ON COLUMN jaffle.tweets.tweeted_at IS 'When it was written, to the microsecond, local time.';
COMMENT ON COLUMN jaffle.tweets.content IS 'Text of the tweet. It names products and says whether the customer was content.';
