"""A shop in several tables, as csv files or as a database with declared keys: customers, orders, items, products."""

import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd

BRIEF = "Predict `churned` for the customers of test.csv. We care about the area under the ROC curve.\n"
SCHEMA = """
CREATE TABLE regions (region TEXT PRIMARY KEY, income INTEGER);
CREATE TABLE customers (CustomerID INTEGER PRIMARY KEY, age INTEGER, region TEXT REFERENCES regions(region),
                        churned INTEGER);
CREATE TABLE products (id INTEGER PRIMARY KEY, price REAL, sort TEXT);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, buyer INTEGER REFERENCES customers(CustomerID), ordered_at TEXT,
                     amount REAL);
CREATE TABLE items (order_id INTEGER REFERENCES orders(order_id), product INTEGER REFERENCES products(id), qty INTEGER);
"""


def shop(customers: int = 240, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Who churns is known by the mean amount of the orders, and by nothing else."""
    rng = np.random.default_rng(seed)
    mean, many = rng.normal(50, 15, customers), rng.poisson(5, customers) + 1
    who = np.repeat(np.arange(customers), many)
    rng.shuffle(who)
    ids, count = np.arange(customers) * 7 + 1003, int(many.sum())
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 360, count), unit="D")
    orders = {
        "order_id": np.arange(count) + 1,
        "customer_id": ids[who],
        "ordered_at": days.strftime("%Y-%m-%d"),
        "amount": (mean[who] + rng.normal(0, 5, count)).round(2),
    }
    items = {
        "order_id": np.repeat(np.arange(count) + 1, 2),
        "product_id": rng.integers(1, 40, 2 * count),
        "qty": rng.integers(1, 5, 2 * count),
    }
    products = {"id": np.arange(1, 40), "price": rng.exponential(10, 39).round(2), "sort": rng.choice(["a", "b"], 39)}
    people = {
        "CustomerID": ids,
        "age": rng.integers(18, 80, customers),
        "region": rng.choice(list("nsew"), customers),
        "churned": (mean + rng.normal(0, 3, customers) > 50).astype(int),
    }
    regions = {"region": list("nsew"), "income": [10, 20, 30, 40]}
    tables = {"customers": people, "orders": orders, "items": items, "products": products, "regions": regions}
    return {name: pd.DataFrame(columns) for name, columns in tables.items()}


def write_csv(folder: Path, tables: dict[str, pd.DataFrame], known: float = 0.75, brief: str = BRIEF) -> Path:
    """train.csv, test.csv, and the other tables beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    people = tables["customers"]
    cut = int(len(people) * known)
    people[:cut].to_csv(folder / "train.csv", index=False)
    people[cut:].drop(columns="churned").to_csv(folder / "test.csv", index=False)
    for name, table in tables.items():
        if name != "customers":
            table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "brief.md").write_text(brief)
    return folder


def write_database(folder: Path, tables: dict[str, pd.DataFrame], known: float = 0.75) -> Path:
    """shop.db, where the rows wanted are the customers whose answer is missing, and keys have other names."""
    folder.mkdir(parents=True, exist_ok=True)
    people, cut = tables["customers"], int(len(tables["customers"]) * known)
    answers = people["churned"].astype("Int64")
    answers.iloc[cut:] = pd.NA
    renamed = {
        **tables,
        "customers": people.assign(churned=answers),
        "orders": tables["orders"].rename(columns={"customer_id": "buyer"}),
        "items": tables["items"].rename(columns={"product_id": "product"}),
    }
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.executescript(SCHEMA)
        for name in ("regions", "customers", "products", "orders", "items"):
            renamed[name].to_sql(name, connection, if_exists="append", index=False)
    connection.close()
    (folder / "brief.md").write_text(BRIEF.replace(" of test.csv", " without a value"))
    return folder
