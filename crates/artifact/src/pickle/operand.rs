//! What follows an opcode in the stream: numbers, strings and lines.

use super::machine::{Fault, Machine};
use super::value::{Slice, Value};
use crate::source::read_up_to;

/// The number that `torch.save` writes before anything else in its legacy form.
const TORCH_MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Lines longer than this hold no name and no number worth reading.
const LINE_MAX: u64 = 4096;

impl Machine<'_> {
    /// Numbers and constants.
    pub(super) fn literal(&mut self, opcode: u8) -> Result<Value, Fault> {
        Ok(match opcode {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'K' => Value::Int(i64::from(self.cursor.u8()?)),
            b'M' => Value::Int(self.cursor.number::<2>()?.cast_signed()),
            b'J' => {
                let bits = u32::try_from(self.cursor.number::<4>()?).unwrap_or(0);
                Value::Int(i64::from(bits.cast_signed()))
            }
            b'G' => {
                if self.heap.keeps_all() {
                    let bits = self.cursor.number::<8>()?.swap_bytes();
                    return Ok(Value::Float(f64::from_bits(bits)));
                }
                self.cursor.skip(8)?;
                Value::Number
            }
            0x8a => {
                let size = self.cursor.u8()?;
                self.long(u64::from(size))?
            }
            0x8b => {
                let size = u32::try_from(self.cursor.number::<4>()?).unwrap_or(0);
                if size.cast_signed() < 0 {
                    return Err(Fault::Broken("a number of negative size"));
                }
                self.long(u64::from(size))?
            }
            _ => return self.text_number(opcode),
        })
    }

    /// A little-endian two's complement number of `size` bytes.
    fn long(&mut self, size: u64) -> Result<Value, Fault> {
        if size > 10 {
            self.cursor.skip(size)?;
            return Ok(Value::Number);
        }
        let bytes = self.cursor.take(usize::try_from(size).unwrap_or(0))?;
        if bytes == TORCH_MAGIC {
            return Ok(Value::TorchMagic);
        }
        if bytes.len() > 8 {
            return Ok(Value::Number);
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut value: i64 = if negative { -1 } else { 0 };
        for byte in bytes.iter().rev() {
            value = value << 8 | i64::from(*byte);
        }
        Ok(Value::Int(value))
    }

    /// FLOAT, INT and LONG of protocol 0.
    fn text_number(&mut self, opcode: u8) -> Result<Value, Fault> {
        let Some(text) = self.line_text()? else {
            return Err(Fault::Broken("a number is not written in digits"));
        };
        let text = text.trim();
        if opcode == b'F' {
            return match text.parse::<f64>() {
                Ok(value) if self.heap.keeps_all() => Ok(Value::Float(value)),
                Ok(_) => Ok(Value::Number),
                Err(_) => Err(Fault::Broken("a float is not written as one")),
            };
        }
        match (opcode, text) {
            (b'I', "00") => return Ok(Value::Bool(false)),
            (b'I', "01") => return Ok(Value::Bool(true)),
            _ => {}
        }
        let digits = if opcode == b'L' {
            text.strip_suffix('L').unwrap_or(text)
        } else {
            text
        };
        if let Ok(value) = digits.parse() {
            return Ok(Value::Int(value));
        }
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            let magic = digits == "119547037146038801333356";
            return Ok(if magic {
                Value::TorchMagic
            } else {
                Value::Number
            });
        }
        Err(Fault::Broken("a number is not written in digits"))
    }

    /// Strings and bytes.
    pub(super) fn string(&mut self, opcode: u8) -> Result<Value, Fault> {
        let size = match opcode {
            b'S' => return self.quoted_line(),
            b'V' => return self.line_value(),
            b'U' | b'C' | 0x8c => u64::from(self.cursor.u8()?),
            b'T' => {
                let size = u32::try_from(self.cursor.number::<4>()?).unwrap_or(u32::MAX);
                if size.cast_signed() < 0 {
                    return Err(Fault::Broken("a string of negative size"));
                }
                u64::from(size)
            }
            b'X' | b'B' => self.cursor.number::<4>()?,
            _ => self.cursor.number::<8>()?,
        };
        let offset = self.cursor.position();
        self.cursor.skip(size)?;
        let slice = Slice::new(offset, size);
        Ok(match opcode {
            b'B' | b'C' | 0x8e | 0x96 => Value::Bytes(slice),
            _ => Value::Text(slice),
        })
    }

    /// STRING: a line in quotes, with the escapes of Python.
    fn quoted_line(&mut self) -> Result<Value, Fault> {
        let (offset, size) = self.cursor.line()?;
        let Some(line) = self.read_line(offset, size)? else {
            return Ok(Value::Opaque);
        };
        let trimmed = line.trim_ascii_end();
        let ([b'\'', quoted @ .., b'\''] | [b'"', quoted @ .., b'"']) = trimmed else {
            return Err(Fault::Broken("a string is not in quotes"));
        };
        if quoted.contains(&b'\\') {
            return Ok(Value::Opaque);
        }
        Ok(Value::Text(Slice::new(offset + 1, quoted.len() as u64)))
    }

    /// UNICODE and PERSID: the rest of the line.
    pub(super) fn line_value(&mut self) -> Result<Value, Fault> {
        let (offset, size) = self.cursor.line()?;
        Ok(match self.read_line(offset, size)? {
            Some(line) if !line.contains(&b'\\') => Value::Text(Slice::new(offset, size)),
            _ => Value::Opaque,
        })
    }

    /// The number of a memo entry as digits.
    pub(super) fn line_index(&mut self) -> Result<u64, Fault> {
        let text = self.line_text()?.unwrap_or_default();
        text.trim()
            .parse()
            .map_err(|_| Fault::Broken("a memo number is not written in digits"))
    }

    /// GLOBAL and INST: module and name on a line each.
    pub(super) fn two_lines(&mut self) -> Result<(String, String), Fault> {
        let module = self.line_text()?;
        let name = self.line_text()?;
        match (module, name) {
            (Some(module), Some(name)) => Ok((module, name)),
            _ => Err(Fault::Broken("the name of an import is not a line of text")),
        }
    }

    /// A line as text; `None` where it is too long or not UTF-8.
    fn line_text(&mut self) -> Result<Option<String>, Fault> {
        let (offset, size) = self.cursor.line()?;
        let line = self.read_line(offset, size)?;
        Ok(line.and_then(|line| String::from_utf8(line).ok()))
    }

    fn read_line(&self, offset: u64, size: u64) -> Result<Option<Vec<u8>>, Fault> {
        if size > LINE_MAX {
            return Ok(None);
        }
        let bytes = read_up_to(self.source(), offset, usize::try_from(size).unwrap_or(0));
        bytes
            .map(Some)
            .map_err(|error| Fault::Stop(crate::cursor::Stop::Read(error)))
    }
}
