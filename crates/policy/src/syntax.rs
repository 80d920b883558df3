//! Text to syntax tree, with bounds on length, depth and number of nodes.

use crate::ConditionError;

/// Longest condition.
const SOURCE_LEN_MAX: usize = 4096;
/// Deepest nesting. Each level is one frame of the parser and of the compiler.
const DEPTH_MAX: usize = 64;

/// An operator between two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Node {
    Bool(bool),
    /// Digits with perhaps a point, as written.
    Number(String),
    Text(String),
    /// Seconds.
    Duration(i64),
    Field(String),
    Has(String),
    List(Vec<Expression>),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
}

/// A node with its column, from 1.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Expression {
    pub(crate) node: Node,
    pub(crate) column: usize,
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Number(String),
    Text(String),
    Name(String),
    Symbol(&'static str),
    End,
}

const SYMBOLS: &[&str] = &[
    "||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    ",", "?", ":",
];

fn tokens(source: &str) -> Result<Vec<(Token, usize)>, ConditionError> {
    let mut tokens = Vec::new();
    let mut rest = source;
    loop {
        rest = rest.trim_start();
        let column = source.len() - rest.len() + 1;
        let Some(first) = rest.chars().next() else {
            tokens.push((Token::End, column));
            return Ok(tokens);
        };
        let run = |accept: fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
        let (token, len) = if first.is_ascii_digit() {
            let len = run(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
            (Token::Number(rest[..len].replace('_', "")), len)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let len = run(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
            (Token::Name(rest[..len].to_owned()), len)
        } else if matches!(first, '"' | '\'') {
            let end = rest[1..]
                .find(first)
                .ok_or_else(|| ConditionError::at(column, "the text has no closing quote"))?;
            let text = &rest[1..=end];
            if text.contains('\\') {
                return Err(ConditionError::at(column, "a text has no escapes here"));
            }
            (Token::Text(text.to_owned()), end + 2)
        } else {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = symbol.ok_or_else(|| {
                ConditionError::at(column, format!("'{first}' has no meaning here"))
            })?;
            (Token::Symbol(symbol), symbol.len())
        };
        tokens.push((token, column));
        rest = &rest[len..];
    }
}

/// The parts of a condition that must all hold, as written: what stands between `&&` outside
/// brackets. A condition that is a choice at its top is one part.
pub(crate) fn conjuncts(source: &str) -> Vec<&str> {
    let Ok(tokens) = tokens(source) else {
        return vec![source];
    };
    let (mut depth, mut start, mut parts) = (0i32, 0, Vec::new());
    for (token, column) in &tokens {
        match token {
            Token::Symbol("(" | "[") => depth += 1,
            Token::Symbol(")" | "]") => depth -= 1,
            Token::Symbol("||" | "?") if depth == 0 => return vec![source],
            Token::Symbol("&&") if depth == 0 => {
                parts.push(source[start..column - 1].trim());
                start = column + 1;
            }
            _ => {}
        }
    }
    parts.push(source[start..].trim());
    parts
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    depth: usize,
}

pub(crate) fn parse(source: &str) -> Result<Expression, ConditionError> {
    if source.len() > SOURCE_LEN_MAX {
        let problem = format!("the condition has more than {SOURCE_LEN_MAX} bytes; split the rule");
        return Err(ConditionError::at(SOURCE_LEN_MAX, problem));
    }
    let mut parser = Parser { tokens: tokens(source)?, next: 0, depth: 0 };
    let expression = parser.choice()?;
    match parser.peek() {
        Token::End => Ok(expression),
        _ => Err(parser.error("an operator or the end of the condition is expected")),
    }
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn column(&self) -> usize {
        self.tokens[self.next].1
    }

    fn error(&self, problem: &str) -> ConditionError {
        ConditionError::at(self.column(), problem)
    }

    fn advance(&mut self) -> Token {
        let token = self.tokens[self.next].0.clone();
        // The last token is `End`; it is never passed.
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(s) if *s == symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ConditionError> {
        if self.accept(symbol) {
            return Ok(());
        }
        Err(self.error(&format!("'{symbol}' is expected")))
    }

    fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, ConditionError>,
    ) -> Result<T, ConditionError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("the condition is nested too deeply; split the rule"));
        }
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn choice(&mut self) -> Result<Expression, ConditionError> {
        self.deeper(|parser| {
            let column = parser.column();
            let condition = parser.binary(0)?;
            if !parser.accept("?") {
                return Ok(condition);
            }
            let yes = parser.choice()?;
            parser.expect(":")?;
            let no = parser.choice()?;
            let node = Node::Choice(Box::new(condition), Box::new(yes), Box::new(no));
            Ok(Expression { node, column })
        })
    }

    /// Operators from loosest to tightest; all associate to the left.
    fn operator(&self, level: usize) -> Option<Operator> {
        const LEVELS: &[&[(&str, Operator)]] = &[
            &[("||", Operator::Or)],
            &[("&&", Operator::And)],
            &[
                ("==", Operator::Equal),
                ("!=", Operator::NotEqual),
                ("<", Operator::Less),
                ("<=", Operator::LessEqual),
                (">", Operator::Greater),
                (">=", Operator::GreaterEqual),
                ("in", Operator::In),
            ],
            &[("+", Operator::Add), ("-", Operator::Subtract)],
            &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
        ];
        let text = match self.peek() {
            Token::Symbol(symbol) => symbol,
            Token::Name(name) if name == "in" => "in",
            _ => return None,
        };
        LEVELS[level].iter().find(|(symbol, _)| *symbol == text).map(|(_, operator)| *operator)
    }

    fn binary(&mut self, level: usize) -> Result<Expression, ConditionError> {
        if level == 5 {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(level) {
            let column = self.column();
            self.advance();
            let right = self.binary(level + 1)?;
            // A long chain of one operator becomes a deep tree on its left side; the compiler
            // walks it with its own stack frames, so the chain is bounded as nesting is.
            let node = Node::Binary(operator, Box::new(left), Box::new(right));
            left = Expression { node, column };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, ConditionError> {
        let column = self.column();
        if self.accept("!") {
            let inner = self.deeper(Parser::unary)?;
            return Ok(Expression { node: Node::Not(Box::new(inner)), column });
        }
        if self.accept("-") {
            let inner = self.deeper(Parser::unary)?;
            return Ok(Expression { node: Node::Negate(Box::new(inner)), column });
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expression, ConditionError> {
        let column = self.column();
        let node = match self.advance() {
            Token::Number(text) => Node::Number(text),
            Token::Text(text) => Node::Text(text),
            Token::Name(name) => match name.as_str() {
                "true" => Node::Bool(true),
                "false" => Node::Bool(false),
                "has" if self.accept("(") => {
                    let Token::Name(field) = self.advance() else {
                        return Err(ConditionError::at(
                            column,
                            "has(...) takes the name of a fact",
                        ));
                    };
                    self.expect(")")?;
                    Node::Has(field)
                }
                "duration" if self.accept("(") => {
                    let seconds = match self.advance() {
                        Token::Text(text) => parse_duration(&text),
                        _ => None,
                    };
                    self.expect(")")?;
                    Node::Duration(seconds.ok_or_else(|| {
                        let problem = "duration(...) takes a text such as \"90s\", \"15m\", \"24h\" or \"30d\"";
                        ConditionError::at(column, problem)
                    })?)
                }
                _ => Node::Field(name),
            },
            Token::Symbol("(") => {
                let inner = self.choice()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Symbol("[") => {
                let mut items = Vec::new();
                while !self.accept("]") {
                    if !items.is_empty() {
                        self.expect(",")?;
                    }
                    items.push(self.choice()?);
                }
                Node::List(items)
            }
            _ => {
                return Err(ConditionError::at(column, "a fact, a value or '(' is expected"));
            }
        };
        Ok(Expression { node, column })
    }
}

fn parse_duration(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    text[..text.len() - 1].parse::<i64>().ok()?.checked_mul(seconds)
}
